using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;

namespace Cowork.EndToEnd.Tests;

/// <summary>
/// A turn that was recorded: what the model said, and the frames that clients got. Ids, times and progress that may be throttled are left
/// out; white space of texts is one blank, because rounds are set apart by a paragraph now. A character that a cell repeats very often
/// stands there once, with its number.
/// </summary>
/// <param name="IsAnthropic">Whether the model spoke Anthropic's API.</param>
/// <param name="Replies">What the model says, in order.</param>
/// <param name="Frames">What clients got, each frame an array.</param>
sealed partial record RecordedTurn(bool IsAnthropic, JsonArray Replies, IReadOnlyList<string> Frames)
{
    static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Recorded");

    public static RecordedTurn Read(string name)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.json")))!;
        return new(json["provider"]?.GetValue<string>() == "anthropic", json["replies"]!.AsArray(), [.. json["frames"]!.AsArray().Select(frame => frame!.ToJsonString())]);
    }

    /// <summary>Lets a model say it; skips the test when cells are to run that cannot.</summary>
    public void Script(ScriptedModel model)
    {
        Assert.SkipWhen(PythonOnThisMachine.IsMissing && Replies.ToJsonString().Contains("\"scratchpad\"", StringComparison.Ordinal), PythonOnThisMachine.SkipReason);
        foreach (var reply in Replies)
            model.Reply(ReplyOf(reply!, IsAnthropic));
    }

    /// <summary>The frames of a turn in the form of a recording.</summary>
    public static IReadOnlyList<string> Normalise(IEnumerable<Frame> frames) => Normalise(frames.Select(frame => frame.Json));

    /// <summary>The same of stored events.</summary>
    public static IReadOnlyList<string> Normalise(IEnumerable<JsonNode> events)
    {
        var result = new List<JsonArray>();
        var text = "";
        var calls = new List<string>();
        foreach (var body in events)
        {
            var type = body["type"]!.GetValue<string>();
            if (type == "response.output_text.delta")
            {
                text += body["delta"];
            }
            else if (Of(type, body, calls) is { } kept)
            {
                EndText();
                result.Add(kept);
            }
        }

        return [.. result.Select(frame => frame.ToJsonString())];

        void EndText()
        {
            var shown = Blanks().Replace(text, " ").Trim();
            if (shown.Length > 0)
                result.Add(["text", shown]);
            text = "";
        }
    }

    static JsonArray? Of(string type, JsonNode body, List<string> calls)
    {
        if (type != "response.in_progress")
            return type.StartsWith("response.artifact", StringComparison.Ordinal) ? null : type == "response.failed" ? [type, body["code"]!.DeepClone(), body["error"]!.DeepClone()] : [type];
        var role = body["thought_role"]!.GetValue<string>();
        switch (body["phase"]?.GetValue<string>())
        {
            case null:
                break;
            case ("scratchpad_start" or "scratchpad_done") and var phase:
                return [phase, body["content"]!.DeepClone(), body["message"]!.DeepClone(), Call(body, calls)];
            case "retrying":
                return ["retrying", body["message"]!.DeepClone(), body["eta_seconds"]!.DeepClone()];
            default:
                return null;
        }

        if (role == "thought.context_compacted")
            return [role];
        if (role != "thought.scratchpad.result")
            return [role, body["content"]!.DeepClone(), Call(body, calls)];
        var action = body["tool_action"]!.GetValue<string>();
        return action == "exec"
            ? [role, body["tool_name"]!.DeepClone(), action, Call(body, calls), Cell(body["content"]!.GetValue<string>())]
            : [role, body["tool_name"]!.DeepClone(), action, Call(body, calls)];
    }

    /// <summary>A cell without what only newer clients read, and of a traceback the line that does not depend on the machine.</summary>
    static JsonNode Cell(string content)
    {
        var cell = JsonNode.Parse(content)!.AsObject();
        cell.Remove("cell_status");
        if (cell["error"]?.GetValue<string>() is { } error)
            cell["error"] = Traceback().Replace(error.Trim(), "");
        foreach (var stream in (string[])["stdout", "stderr"])
            cell[stream] = Run().Replace(cell[stream]!.GetValue<string>(), run => $"{run.Value[0]}×{run.Length}");
        return cell;
    }

    /// <summary>Which call of the turn a frame belongs to.</summary>
    static int Call(JsonNode body, List<string> calls)
    {
        var id = body["tool_use_id"]!.GetValue<string>();
        if (!calls.Contains(id))
            calls.Add(id);
        return calls.IndexOf(id) + 1;
    }

    static Func<HttpContext, Task> ReplyOf(JsonNode reply, bool isAnthropic)
    {
        if (reply["status"] is { } status)
            return TestKit.Replies.Json(reply["body"]!.ToJsonString(), status.GetValue<int>(), [.. reply["headers"]?.AsObject().Select(header => (header.Key, header.Value!.GetValue<string>())) ?? []]);
        var text = reply["text"]?.GetValue<string>();
        var finish = reply["finish"]?.GetValue<string>();
        var calls = reply["calls"]?.AsArray().Select(call => (call![0]!.GetValue<string>(), call[1]!.GetValue<string>())).ToArray() ?? [];
        var frames = isAnthropic ? TestKit.Frames.MessageReply(text, calls) : TestKit.Frames.ChatReply(text, calls, finish);
        if (reply["hangs"] is null)
            return TestKit.Replies.Stream(frames);
        return async http =>
        {
            // All but the two that end it.
            await TestKit.Replies.Stream(frames.SkipLast(2))(http);
            await TestKit.Replies.Hang(http);
        };
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();

    /// <summary>Everything of a traceback that comes before its last line.</summary>
    [GeneratedRegex(@"Traceback \(most recent call last\):\n.*\n", RegexOptions.Singleline, 1000)]
    private static partial Regex Traceback();

    [GeneratedRegex(@"(?<one>[^\n])\k<one>{999,}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Run();
}
