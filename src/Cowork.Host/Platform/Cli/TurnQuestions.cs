using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cowork.Host.Platform.Cli;

/// <summary>What the agent of a turn asks goes to whoever sits at the terminal. Nobody there: that is a no, at once, and the turn goes on.</summary>
/// <param name="input">Where answers are typed; null when nobody can.</param>
/// <param name="output">Where questions are shown.</param>
sealed class TurnQuestions(HttpClient http, string address, TextReader? input, TextWriter output)
{
    public static TurnQuestions AtTheTerminal(HttpClient http, string address) =>
        new(http, address, Console.IsInputRedirected || Console.IsErrorRedirected ? null : Console.In, Console.Error);

    /// <summary>Asks whether the agent may do something.</summary>
    /// <param name="approval">As in the stream.</param>
    public async Task DecideAsync(JsonElement approval, CancellationToken ct)
    {
        var summary = Text(approval, "summary");
        if (input is null)
        {
            output.WriteLine($"Denied, because there is no terminal to ask at: {summary}");
            await PostAsync(approval, new() { ["answer"] = "deny" }, ct);
            return;
        }

        output.WriteLine($"\nThe agent asks to: {summary}");
        if (Text(approval, "detail") is { Length: > 0 } detail && detail != summary)
            output.WriteLine(detail);
        var reply = await ReadAsync("Allow it once? [y/N] ", ct);
        var isAllowed = reply?.Trim() is { } answer && (answer.Equals("y", StringComparison.OrdinalIgnoreCase) || answer.Equals("yes", StringComparison.OrdinalIgnoreCase));
        await PostAsync(approval, new() { ["answer"] = isAllowed ? "once" : "deny" }, ct);
    }

    /// <summary>Asks for what the agent does not know.</summary>
    /// <param name="question">As in the stream.</param>
    public async Task AnswerAsync(JsonElement question, CancellationToken ct)
    {
        if (input is null)
        {
            output.WriteLine($"Not answered, because there is no terminal to ask at: {Text(question, "text")}");
            await PostAsync(question, new() { ["dismiss"] = true }, ct);
            return;
        }

        output.WriteLine($"\nThe agent asks: {Text(question, "text")}");
        if (question.TryGetProperty("options", out var options) && options.ValueKind == JsonValueKind.Array)
            foreach (var option in options.EnumerateArray())
                output.WriteLine($"  - {TerminalText.ForError(option.GetString()!)}");
        var reply = await ReadAsync("Answer (empty for none): ", ct);
        await PostAsync(question, string.IsNullOrWhiteSpace(reply) ? new() { ["dismiss"] = true } : new() { ["answer"] = reply }, ct);
    }

    async Task<string?> ReadAsync(string prompt, CancellationToken ct)
    {
        output.Write(prompt);
        // Nothing can take a read at a terminal back; it ends with the process.
        return await Task.Run(input!.ReadLine, CancellationToken.None).WaitAsync(ct);
    }

    async Task PostAsync(JsonElement asked, JsonObject answer, CancellationToken ct)
    {
        using var response = await http.PostAsync(new Uri($"{address}/api/v1/approvals/{Text(asked, "id")}/answer"), new StringContent(answer.ToJsonString(), Encoding.UTF8, "application/json"), ct);
        // Somebody was faster, or nobody waits any more: the turn goes on either way.
        if (!response.IsSuccessStatusCode)
            output.WriteLine((await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync(ct), cancellationToken: ct))?["detail"]?.GetValue<string>());
    }

    static string Text(JsonElement asked, string name) =>
        asked.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? TerminalText.ForError(value.GetString()!) : "";
}
