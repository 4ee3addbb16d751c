namespace Cowork.Host.Features.Turns;

/// <summary>The words that clients know for what happens inside a turn.</summary>
static class ThoughtNames
{
    /// <summary>The role of a thought about a tool.</summary>
    /// <param name="edge"><c>start</c> or <c>end</c>.</param>
    public static string ToolRole(string tool, string edge) => tool switch
    {
        _ when tool.Contains("scratchpad", StringComparison.Ordinal) => $"thought.scratchpad.{edge}",
        _ when tool.Contains("memorize", StringComparison.Ordinal) => $"thought.memorize.{edge}",
        _ when tool.Contains("recall", StringComparison.Ordinal) => $"thought.recall.{edge}",
        _ => "thought.progress",
    };

    /// <summary>What a person reads of a phase.</summary>
    public static string PhaseLabel(string phase) => phase switch
    {
        "planning" => "Planning",
        "analyzing" => "Analyzing",
        "executing" => "Executing",
        "scratchpad" or "scratchpad_start" => "Running code",
        "scratchpad_done" => "Code complete",
        "connect_datasource" => "Connecting",
        "interactive" => "Interactive",
        "context" => "Context",
        _ => phase,
    };
}
