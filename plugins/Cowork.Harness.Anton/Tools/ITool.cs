using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools;

/// <summary>Something that the model can do. One instance serves all turns at once; what belongs to a turn comes with <see cref="ToolContext"/>.</summary>
interface ITool
{
    /// <summary>What the model is told; the same for every turn, because providers cache it.</summary>
    ToolSpec Spec { get; }

    /// <summary>Whether calls change nothing, so that several of one reply may run at the same time.</summary>
    bool IsReadOnly { get; }

    /// <summary>Does it.</summary>
    /// <param name="call">What the model wants; its arguments are a JSON object.</param>
    /// <param name="context">The turn.</param>
    /// <param name="ct">The turn's token: stop at once, child processes too.</param>
    /// <returns>What the model reads.</returns>
    /// <exception cref="ToolException">It cannot be done; the message is for the model.</exception>
    Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct);
}

/// <summary>Where tools come from. Registered in the plugin's container; asked once in every turn, in the order of registration.</summary>
interface IToolSource
{
    /// <summary>The tools of this source for a turn; fewer when what they need is not there.</summary>
    /// <param name="context">The turn.</param>
    /// <param name="ct">The turn's token.</param>
    /// <returns>The tools, always in the same order.</returns>
    ValueTask<IReadOnlyList<ITool>> ToolsAsync(ToolContext context, CancellationToken ct);
}
