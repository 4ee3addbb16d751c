using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Memory;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Turn;

/// <summary>
/// Keeps what a turn has learned the hard way: a tool that failed several times and then worked. One sentence a turn, into a file of its own
/// that the user sees and can cut; only where the user lets Anton learn by itself.
/// </summary>
sealed class Lessons(SideModel side, MemoryStore memory)
{
    const int Longest = 300;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    const string Instructions =
        """
        An agent tried something several times before it worked. Say in one self-contained sentence what it should do at once next time
        in this project. Only what holds in general here: names of tables, formats, quirks, settings. No secrets, nothing about the person.
        Answer NONE when the failures were slips that teach nothing.
        """;

    public async Task KeepAsync(TurnState turn, string tool, CancellationToken ct)
    {
        if (turn.Request.Memory != MemoryPolicy.Automatic)
            return;
        var calls = turn.Next.Messages.SelectMany(message => message.Content).OfType<ModelContent.ToolCall>().Where(call => call.Name == tool).ToDictionary(call => call.Id);
        var tries = turn.Next.Messages.SelectMany(message => message.Content).OfType<ModelContent.ToolResult>()
            .Where(result => calls.ContainsKey(result.CallId)).TakeLast(6)
            .Select(result => $"{Shortening.Ends(calls[result.CallId].Arguments, 1_500)}\n{(result.IsError ? "FAILED" : "worked")}: {Shortening.Ends(result.Value, 800)}");
        var request = new ModelRequest
        {
            System = new(Instructions, ""),
            Messages = [new(MessageRole.User, string.Join("\n---\n", tries))],
            MaxOutputTokens = 2048,
            ReasoningEffort = turn.Coding.ReasoningEffort,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            var said = turn.Scrubber.Scrub((await side.AskAsync(turn.Coding, request, turn.Emit, limit.Token)).Text).ReplaceLineEndings(" ").Trim();
            if (said.Length is > 0 and <= Longest && !said.StartsWith("NONE", StringComparison.OrdinalIgnoreCase)
                && await memory.AppendAutomaticLessonAsync(turn.Request.Project, said, tool, limit.Token))
                turn.Emit(new HarnessEvent.Warning("lesson_learned", $"Noted for later turns in this project: “{said}” To undo it, delete the line in {MemoryStore.AutomaticLessonsFile} in Memory."));
        }
        catch (Exception e) when (e is HarnessException or IOException or UnauthorizedAccessException or FormatException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // A lesson that is not learned must not spoil an answer that stands.
        }
    }
}
