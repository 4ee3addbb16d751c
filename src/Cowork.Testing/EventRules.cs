using System.Text.Json;
using System.Text.RegularExpressions;
using Cowork.Abstractions;

namespace Cowork.Testing;

/// <summary>What the events of a turn must keep to.</summary>
static partial class EventRules
{
    const int LongestSentence = 500;

    public static void NoEmptyText(HarnessRun run) =>
        Assert.All(run.Events, e => Assert.False(e is HarnessEvent.TextDelta { Text: null or "" } or HarnessEvent.ReasoningDelta { Text: null or "" }, $"'{run.Question}': {e} has no text."));

    public static void UniqueToolCalls(HarnessRun run)
    {
        var seen = new HashSet<string>();
        foreach (var started in run.Events.OfType<HarnessEvent.ToolStarted>())
        {
            Assert.False(string.IsNullOrWhiteSpace(started.ToolUseId), $"'{run.Question}': {started} has no id.");
            Assert.False(string.IsNullOrWhiteSpace(started.ToolName), $"'{run.Question}': {started} has no name.");
            Assert.True(seen.Add(started.ToolUseId), $"'{run.Question}': the tool call '{started.ToolUseId}' starts twice in one turn.");
        }

        var twice = run.Events.OfType<HarnessEvent.ToolArguments>().GroupBy(e => e.ToolUseId).FirstOrDefault(g => g.Count() > 1);
        Assert.True(twice is null, $"'{run.Question}': the arguments of '{twice?.Key}' are complete more than once.");
    }

    public static void StartsFirst(HarnessRun run)
    {
        var started = new Dictionary<string, string>();
        foreach (var e in run.Events)
        {
            if (e is HarnessEvent.ToolStarted start)
                started.TryAdd(start.ToolUseId ?? "", start.ToolName);
            var (id, name) = Call(e);
            if (id is null)
                continue;
            Assert.True(started.TryGetValue(id, out var known), $"'{run.Question}': {e} comes before the {nameof(HarnessEvent.ToolStarted)} of its call.");
            Assert.True(name is null || name == known, $"'{run.Question}': {e} names another tool than the start of its call, '{known}'.");
        }
    }

    /// <summary>The host keeps calls and results as history; what is missing there, it has to make up.</summary>
    public static void CompletedCalls(HarnessRun run)
    {
        var (hasArguments, completed) = (new HashSet<string>(), new HashSet<string>());
        foreach (var e in run.Events)
        {
            if (e is HarnessEvent.ToolArguments arguments)
                hasArguments.Add(arguments.ToolUseId);
            if (e is not HarnessEvent.ToolCompleted call)
                continue;
            Assert.True(hasArguments.Contains(call.ToolUseId), $"'{run.Question}': {e} comes before the {nameof(HarnessEvent.ToolArguments)} of its call, so later turns read of neither.");
            Assert.True(completed.Add(call.ToolUseId), $"'{run.Question}': {e} comes a second time.");
        }

        var open = run.Events.OfType<HarnessEvent.ToolStarted>().FirstOrDefault(call => !completed.Contains(call.ToolUseId));
        Assert.True(open is null, $"'{run.Question}': {open} has no {nameof(HarnessEvent.ToolCompleted)}, so later turns read that the call failed.");
    }

    public static void JsonArguments(HarnessRun run)
    {
        foreach (var e in run.Events.OfType<HarnessEvent.ToolArguments>())
        {
            try
            {
                using var json = JsonDocument.Parse(e.ArgumentsJson);
            }
            catch (JsonException invalid)
            {
                Assert.Fail($"'{run.Question}': the arguments of '{e.ToolUseId}' are not JSON: {invalid.Message}");
            }
        }
    }

    public static void SensibleUsage(HarnessRun run) =>
        Assert.All(
            run.Events.OfType<HarnessEvent.Usage>(),
            e => Assert.True(e.InputTokens >= 0 && e.OutputTokens >= 0 && e.CachedInputTokens >= 0 && e.CachedInputTokens <= e.InputTokens, $"'{run.Question}': {e} counts what cannot be."));

    public static void Warnings(HarnessRun run) => Assert.All(run.Events.OfType<HarnessEvent.Warning>(), e => CodeAndSentence(run.Question, e.Code, e.Message));

    public static void Failure(HarnessRun run)
    {
        Assert.True(run.Defect is null, $"'{run.Question}' failed with a {run.Defect?.GetType().Name}, which users see as a defect: throw a {nameof(HarnessException)}.");
        Assert.True(run.Failure is not null, $"'{run.Question}' should fail with a {nameof(HarnessException)}, but it was answered.");
        CodeAndSentence(run.Question, run.Failure.Code, run.Failure.UserMessage);
    }

    static void CodeAndSentence(string question, string code, string sentence)
    {
        Assert.True(SnakeCase().IsMatch(code), $"'{question}': the code '{code}' is not snake_case.");
        Assert.True(sentence is { Length: <= LongestSentence } && Sentence().IsMatch(sentence), $"'{question}': this is no sentence for a user: '{sentence}'");
    }

    static (string? Id, string? Name) Call(HarnessEvent e) => e switch
    {
        HarnessEvent.ToolArguments a => (a.ToolUseId, a.ToolName),
        HarnessEvent.ToolResult r => (r.ToolUseId, r.ToolName),
        HarnessEvent.ToolCompleted c => (c.ToolUseId, c.ToolName),
        HarnessEvent.Progress { ToolUseId: not "" } p => (p.ToolUseId, null),
        _ => (null, null),
    };

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SnakeCase();

    // Begins like a sentence, ends like one, on one line, and holds neither JSON nor a stack trace.
    [GeneratedRegex(@"^[^\s{}\[<][^{}\r\n]*[.!?]$", RegexOptions.None, 1000)]
    private static partial Regex Sentence();
}
