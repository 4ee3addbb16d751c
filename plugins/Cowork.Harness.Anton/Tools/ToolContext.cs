using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools;

/// <summary>One turn as tools see it. Thread-safe.</summary>
/// <param name="request">The turn.</param>
/// <param name="emit">Sends an event to the clients; safe to call from several tools at once.</param>
/// <param name="scrubber">Takes secret values out of everything that leaves a tool.</param>
sealed class ToolContext(TurnRequest request, Action<HarnessEvent> emit, Scrubber scrubber)
{
    public TurnRequest Request => request;

    public ProjectInfo Project => request.Project;

    public ITurnServices Services => request.Services;

    public Scrubber Scrubber => scrubber;

    /// <summary>Gives the model more tools from the next round on; only while a single tool runs.</summary>
    public Action<IReadOnlyList<ITool>> Join { get; init; } = _ => throw new InvalidOperationException("This turn takes no more tools.");

    /// <summary>Tokens that all calls of models in this turn have used so far.</summary>
    public Func<long> UsedTokens { get; init; } = () => 0;

    /// <summary>Shows an event, for example a cell's result, after secret values were taken out of it.</summary>
    public void Emit(HarnessEvent e) => emit(scrubber.Scrub(e));

    /// <summary>Shows what a tool is busy with.</summary>
    public void Progress(string phase, string message, string toolUseId, double? etaSeconds = null) =>
        Emit(new HarnessEvent.Progress(phase, message) { ToolUseId = toolUseId, EtaSeconds = etaSeconds });
}
