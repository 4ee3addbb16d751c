namespace Cowork.Abstractions;

/// <summary>What the host does for a harness during one turn. Thread-safe; not to be used after the run has ended.</summary>
public interface ITurnServices
{
    /// <summary>Absolute path of an empty folder for this turn alone; created on first use and deleted when the run has ended.</summary>
    string TempDirectory { get; }

    /// <summary>
    /// Resolves a path that a model or a user named against the project folder and checks that it stays inside, links
    /// resolved. Use it for every path that is not the plugin's own.
    /// </summary>
    /// <param name="path">A relative path with <c>/</c> or <c>\</c>, or an absolute path inside the project folder.</param>
    /// <returns>The absolute path; the file need not exist.</returns>
    /// <exception cref="HarnessException">The path leads out of the project or is malformed; code <c>unsafe_path</c>.</exception>
    string ResolveProjectPath(string path);

    /// <summary>The artifacts of the turn's project.</summary>
    IProjectArtifacts Artifacts { get; }

    /// <summary>
    /// Asks whether something consequential may be done. Answered at once where a rule, the project's policy or the policy of a schedule
    /// decides; otherwise a person is asked, in the stream and in <c>/api/v1/approvals</c>, and the call waits.
    /// </summary>
    /// <param name="request">What is to be done.</param>
    /// <param name="ct">The turn's token: a stopped turn withdraws the question.</param>
    /// <returns>Whether it may be done. A turn that nobody watches gets its answer without waiting.</returns>
    Task<ApprovalDecision> RequestApprovalAsync(ApprovalRequest request, CancellationToken ct);

    /// <summary>Asks the user something that the agent cannot find out by itself, and waits for the answer.</summary>
    /// <param name="question">The question.</param>
    /// <param name="ct">The turn's token: a stopped turn withdraws the question.</param>
    /// <returns>The answer, or <c>null</c> when nobody can answer: a scheduled turn, or a question that was dismissed.</returns>
    Task<string?> AskAsync(UserQuestion question, CancellationToken ct);
}
