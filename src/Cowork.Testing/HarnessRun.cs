using Cowork.Abstractions;

namespace Cowork.Testing;

/// <summary>What came of one turn.</summary>
/// <param name="Question">What the user said.</param>
/// <param name="Events">The events, in order.</param>
/// <param name="Failure">How it failed, or <c>null</c>.</param>
sealed record HarnessRun(string Question, IReadOnlyList<HarnessEvent> Events, HarnessException? Failure)
{
    /// <summary>Any other exception; users would see it as a defect of the plugin.</summary>
    public Exception? Defect { get; init; }

    public string Text => string.Concat(Events.OfType<HarnessEvent.TextDelta>().Select(e => e.Text));

    /// <summary>Why there is no whole answer, or <c>null</c>.</summary>
    public string? Problem => Failure?.UserMessage ?? Defect?.ToString();

    /// <summary>Runs a turn to its end.</summary>
    public static async Task<HarnessRun> OfAsync(IHarness harness, string question, TurnRequest request, CancellationToken ct)
    {
        var events = new List<HarnessEvent>();
        try
        {
            await foreach (var e in harness.RunAsync(request, ct))
                events.Add(e ?? throw new InvalidOperationException($"'{question}': an event is null."));
            return new(question, events, null);
        }
        catch (HarnessException failure)
        {
            return new(question, events, failure);
        }
        catch (Exception defect) when (!ct.IsCancellationRequested)
        {
            return new(question, events, null) { Defect = defect };
        }
    }
}
