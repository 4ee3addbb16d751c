namespace Cowork.Abstractions;

/// <summary>Adapts one agent to Cowork. Registered with <see cref="IPluginBuilder.AddHarness{THarness}"/>.</summary>
/// <remarks>
/// One instance serves many turns at once; state of a turn belongs into <see cref="RunAsync"/>. Further abilities
/// (memory, skills, approvals and so on) are separate interfaces that the same class may implement.
/// </remarks>
public interface IHarness
{
    /// <summary>Runs one turn: answers one user message.</summary>
    /// <param name="request">The message, its history and what may be used.</param>
    /// <param name="ct">
    /// Cancelled when the user stops the turn, its time is up or the plugin is being replaced; never because a reader
    /// went away. Stop model calls, child processes and tools at once; throwing <see cref="OperationCanceledException"/> is
    /// fine. A run that ignores it is abandoned after 5 seconds and its later events are dropped.
    /// </param>
    /// <returns>
    /// The events in the order in which clients shall see them. The sequence ends when the answer is complete. The host reads
    /// one event at a time on a thread-pool thread; an event costs nothing until it is read.
    /// </returns>
    /// <exception cref="HarnessException">The turn failed in a way that the user should know about.</exception>
    IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, CancellationToken ct);
}
