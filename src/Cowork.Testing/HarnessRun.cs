using Cowork.Abstractions;

namespace Cowork.Testing;

/// <summary>What came of one turn.</summary>
/// <param name="Question">What the user said.</param>
/// <param name="Events">The events, in order.</param>
/// <param name="Failure">How it failed, or <c>null</c>.</param>
sealed record HarnessRun(string Question, IReadOnlyList<HarnessEvent> Events, HarnessException? Failure)
{
    public string Text => string.Concat(Events.OfType<HarnessEvent.TextDelta>().Select(e => e.Text));

    /// <summary>Runs a turn to its end. Exceptions other than <see cref="HarnessException"/> are defects and come out.</summary>
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
    }
}
