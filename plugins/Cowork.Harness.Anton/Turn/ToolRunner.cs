using System.Globalization;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Turn;

/// <summary>Runs the tool calls of one reply: those that only read side by side, the others in order.</summary>
sealed partial class ToolRunner(ILogger<ToolRunner> logger)
{
    const int LongestResult = 40_000;

    /// <summary>Tools that tell their own story in the stream.</summary>
    public const string Scratchpad = "scratchpad";

    /// <param name="turn">The turn.</param>
    /// <param name="calls">The calls of the reply.</param>
    /// <param name="streaks">Counts failures in a row.</param>
    /// <param name="results">Gets one result a call, in the order of the calls.</param>
    /// <param name="ct">The turn's token.</param>
    public IAsyncEnumerable<HarnessEvent> RunAsync(
        TurnState turn, IReadOnlyList<ModelContent.ToolCall> calls, ErrorStreaks streaks, List<ModelContent.ToolResult> results, CancellationToken ct) =>
        turn.WatchAsync(stop => RunAllAsync(turn, calls, streaks, results, stop), ct);

    async Task RunAllAsync(TurnState turn, IReadOnlyList<ModelContent.ToolCall> calls, ErrorStreaks streaks, List<ModelContent.ToolResult> results, CancellationToken ct)
    {
        for (var i = 0; i < calls.Count;)
        {
            var count = 1;
            while (i + count < calls.Count && IsReadOnly(turn, calls[i]) && IsReadOnly(turn, calls[i + count]))
                count++;
            var outcomes = await Task.WhenAll(calls.Skip(i).Take(count).Select(call => RunOneAsync(turn, call, ct)));
            for (var k = 0; k < count; k++)
                results.Add(Result(turn, calls[i + k], outcomes[k], streaks));
            i += count;
        }
    }

    static bool IsReadOnly(TurnState turn, ModelContent.ToolCall call) => turn.Tools.TryGetValue(call.Name, out var tool) && tool.IsReadOnly;

    static ModelContent.ToolResult Result(TurnState turn, ModelContent.ToolCall call, ToolOutcome outcome, ErrorStreaks streaks)
    {
        var text = Cut(turn.Scrubber.Scrub(outcome.Text));
        if (streaks.After(call.Name, outcome.IsError) is { } advice)
            text = $"{text}\n\n{advice}";
        turn.Emit(new HarnessEvent.ToolCompleted(call.Id, call.Name, outcome.IsError, text));
        return new(call.Id, text, outcome.IsError) { Images = outcome.Images };
    }

    async Task<ToolOutcome> RunOneAsync(TurnState turn, ModelContent.ToolCall call, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (!CallArguments.TryRead(call.Arguments, out var arguments))
            return ToolOutcome.Error($"The arguments of this call are not a whole JSON object, so {call.Name} was not run. Call it again with valid JSON, in smaller pieces if it was long.");
        var tellsItself = call.Name == Scratchpad;
        if (!tellsItself)
            turn.Context.Progress("tool_start", call.Name, call.Id);
        if (!turn.Tools.TryGetValue(call.Name, out var tool))
            return ToolOutcome.Error($"There is no tool {call.Name}. You have: {string.Join(", ", turn.Tools.Keys)}.");
        var outcome = await OutcomeAsync(tool, new(call.Id, call.Name, arguments), turn.Context, ct);
        if (!tellsItself)
            turn.Context.Progress("tool_done", call.Name, call.Id);
        return outcome;
    }

    async Task<ToolOutcome> OutcomeAsync(ITool tool, ToolCall call, ToolContext context, CancellationToken ct)
    {
        try
        {
            return await tool.RunAsync(call, context, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (ToolException e)
        {
            return ToolOutcome.Error(e.Message);
        }
        catch (HarnessException e)
        {
            return ToolOutcome.Error(e.UserMessage);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What the system says of a file names its path, which the model knows already.
            return ToolOutcome.Error($"{call.Name} failed: {e.Message}");
        }
        catch (Exception e)
        {
            ToolBroke(logger, e, call.Name);
            return ToolOutcome.Error($"{call.Name} failed because of a defect in it. Try another way.");
        }
    }

    static string Cut(string text)
    {
        if (text.Length <= LongestResult)
            return text;
        var half = LongestResult / 2;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, half)}\n… {text.Length - LongestResult} characters left out …\n{text.AsSpan(text.Length - half)}");
    }

    [LoggerMessage(1, LogLevel.Error, "Tool {Tool} threw")]
    static partial void ToolBroke(ILogger logger, Exception e, string tool);
}
