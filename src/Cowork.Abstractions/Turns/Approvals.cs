namespace Cowork.Abstractions;

/// <summary>Something consequential that an agent wants to do. Immutable.</summary>
/// <param name="Action">
/// The kind of thing: <c>run_command</c>, <c>delete_file</c>, <c>network_post</c>, <c>publish</c>, <c>mcp_tool</c>,
/// <c>run_code</c> (allowed unless a policy says otherwise), or a snake_case word of the harness's own.
/// Projects and schedules allow and deny by it.
/// </param>
/// <param name="Summary">One sentence for the person who decides, for example <c>Run “npm install”</c>. No secrets.</param>
/// <param name="Subject">
/// What an answer “always” or “for this conversation” is remembered for, for example <c>npm install</c>: the same action with the same
/// subject is not asked again. Never shortened.
/// </param>
public sealed record ApprovalRequest(string Action, string Summary, string Subject)
{
    /// <summary>All that the person should see before deciding, for example the whole command; may be empty. No secrets.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The tool call that waits; empty when it is none.</summary>
    public string ToolUseId { get; init; } = "";
}

/// <summary>The answer to an <see cref="ApprovalRequest"/>.</summary>
/// <param name="IsAllowed">Whether it may be done.</param>
/// <param name="Reason">One sentence for the model: who decided and, when denied, what to do instead.</param>
public sealed record ApprovalDecision(bool IsAllowed, string Reason);

/// <summary>A question of the agent to the user. Immutable.</summary>
/// <param name="Text">The question.</param>
public sealed record UserQuestion(string Text)
{
    /// <summary>Answers to choose from; the user may still write another. Empty for a free answer.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The tool call that waits; empty when it is none.</summary>
    public string ToolUseId { get; init; } = "";
}
