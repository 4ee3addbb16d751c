using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Cowork.TestKit;

/// <summary>
/// The script inside a user message:
/// <list type="bullet">
/// <item><c>[[say TEXT]]</c> answers TEXT, streamed word by word</item>
/// <item><c>[[chunks N SIZE DELAY_MS]]</c> answers N chunks of SIZE characters, DELAY_MS apart</item>
/// <item><c>[[tool NAME {json}]]</c> calls a tool, if it is offered; several of them are one round each, then comes the answer</item>
/// <item><c>[[error STATUS message]]</c> fails with that HTTP status and a provider-shaped body</item>
/// <item><c>[[drop N]]</c> breaks the connection after N frames</item>
/// <item><c>[[hang]]</c> accepts and never answers</item>
/// <item><c>[[reason TEXT]]</c> streams TEXT as reasoning before the answer</item>
/// </list>
/// Without any, the message is echoed.
/// </summary>
public sealed partial class Directives
{
    readonly string _message;
    readonly int _results;

    Directives(string message, int results) => (_message, _results) = (message, results);

    internal int? DropAfter => Drop().Match(_message) is { Success: true } drop ? Number(drop, "count") : null;

    internal TimeSpan Delay => Chunks().Match(_message) is { Success: true } many ? TimeSpan.FromMilliseconds(Number(many, "delay")) : TimeSpan.Zero;

    internal string? Reasoning => Reason().Match(_message) is { Success: true } reason ? reason.Groups["text"].Value : null;

    /// <summary>The script of a request body of either wire format.</summary>
    public static Directives Of(JsonElement body)
    {
        var (last, results) = ("", 0);
        if (body.TryGetProperty("messages", out var messages))
        {
            foreach (var message in messages.EnumerateArray())
            {
                var role = message.GetProperty("role").GetString();
                if (!message.TryGetProperty("content", out var content))
                    continue;
                var here = role == "tool" ? 1 : content.ValueKind != JsonValueKind.Array ? 0
                    : content.EnumerateArray().Count(part => part.TryGetProperty("type", out var type) && type.GetString() == "tool_result");
                results += here;
                // What an agent adds between rounds (a note, a reminder) does not end the script.
                if (role == "user" && here == 0 && TextOf(content) is var text && (text.Contains("[[", StringComparison.Ordinal) || !last.Contains("[[", StringComparison.Ordinal)))
                    (last, results) = (text, 0);
            }
        }

        return new(last, results);
    }

    internal Func<HttpContext, Task> ReplyTo(string path, JsonElement body)
    {
        var isAnthropic = path.EndsWith("/messages", StringComparison.Ordinal);
        if (_message.Contains("[[hang]]", StringComparison.Ordinal))
            return Replies.Hang;
        if (Error().Match(_message) is { Success: true } error)
            return Replies.Error(Number(error, "status"), error.Groups["text"].Value is { Length: > 0 } text ? text : "scripted error", isAnthropic);
        if (!isAnthropic && !path.EndsWith("/chat/completions", StringComparison.Ordinal))
            return Replies.Error(404, $"no route {path}", isAnthropic);

        if (NextCall(body) is { } call)
            return Replies.Stream(isAnthropic ? Frames.MessageToolCalls(call) : Frames.ChatToolCalls(call));

        var model = body.TryGetProperty("model", out var name) ? name.GetString()! : "fake";
        var isStream = body.TryGetProperty("stream", out var stream) && stream.GetBoolean();
        return (isAnthropic, isStream) switch
        {
            (true, true) => Replies.Stream(Frames.Messages(model, Reasoning, Pieces()), DropAfter, Delay),
            (true, false) => Replies.Json(Frames.Message(model, string.Concat(Pieces()))),
            (false, true) => Replies.Stream(Frames.ChatChunks(model, Reasoning, Pieces()), DropAfter, Delay),
            (false, false) => Replies.Json(Frames.ChatCompletion(model, string.Concat(Pieces()))),
        };
    }

    /// <summary>The first scripted call that has no result yet; only of tools that the request offers.</summary>
    (string Name, string Arguments)? NextCall(JsonElement body)
    {
        if (!body.TryGetProperty("tools", out var tools))
            return null;
        var offered = tools.EnumerateArray().Select(tool => (tool.TryGetProperty("function", out var function) ? function : tool).GetProperty("name").GetString()).ToHashSet();
        var wanted = Tool().Matches(_message).Where(match => offered.Contains(match.Groups["name"].Value)).ToList();
        return _results < wanted.Count ? (wanted[_results].Groups["name"].Value, wanted[_results].Groups["json"].Value) : null;
    }

    IEnumerable<string> Pieces()
    {
        if (Chunks().Match(_message) is { Success: true } many)
        {
            var size = Math.Max(Number(many, "size") is var given and > 0 ? given - 1 : 7, 1);
            return Enumerable.Range(0, Number(many, "count")).Select(i => $"{i.ToString(CultureInfo.InvariantCulture).PadLeft(size, 'x')[..size]} ");
        }

        var text = Say().Match(_message) is { Success: true } say ? say.Groups["text"].Value
            : Tool().IsMatch(_message) ? "done" : $"You said: {_message[..Math.Min(_message.Length, 400)]}";
        return WordEnd().Split(text);
    }

    static string TextOf(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()!
        : string.Join('\n', content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : ""));

    static int Number(Match match, string group) => int.TryParse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"\[\[tool (?<name>[\w.-]+) (?<json>\{.*?\})\]\]", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex Tool();

    [GeneratedRegex(@"\[\[drop (?<count>\d+)\]\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Drop();

    [GeneratedRegex(@"\[\[chunks (?<count>\d+) ?(?<size>\d*) ?(?<delay>\d*)\]\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Chunks();

    [GeneratedRegex(@"\[\[reason (?<text>[^\]]*)\]\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reason();

    [GeneratedRegex(@"\[\[error (?<status>\d+) ?(?<text>[^\]]*)\]\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Error();

    [GeneratedRegex(@"\[\[say (?<text>[^\]]*)\]\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Say();

    [GeneratedRegex("(?<= )", RegexOptions.None, 1000)]
    private static partial Regex WordEnd();
}
