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

    /// <summary>
    /// Masks what must reach neither a model nor a program that the agent starts: the stored keys, secret settings of every plugin, and keys in the
    /// server's own environment. The host does the same to everything that the turn says; use this for what leaves by another way.
    /// </summary>
    /// <param name="text">Any text, for example what a program printed.</param>
    /// <returns>The text with <c>***</c> in place of each secret; the same instance when there is none in it.</returns>
    string MaskSecrets(string text) => text;

    /// <summary>Length in characters of the longest secret that <see cref="MaskSecrets"/> knows: who masks a stream in pieces holds back one less. 0 when there is none.</summary>
    int LongestSecret => 0;

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

    /// <summary>
    /// What <see cref="RequestApprovalAsync"/> would answer without asking anybody; for what need not be decided now. Nothing is asked,
    /// stored or shown.
    /// </summary>
    /// <param name="request">What is to be done.</param>
    /// <returns>The decision, or <c>null</c> when a person has to be asked.</returns>
    ApprovalDecision? FindDecision(ApprovalRequest request) => null;

    /// <summary>Asks the user something that the agent cannot find out by itself, and waits for the answer.</summary>
    /// <param name="question">The question.</param>
    /// <param name="ct">The turn's token: a stopped turn withdraws the question.</param>
    /// <returns>The answer, or <c>null</c> when nobody can answer: a scheduled turn, or a question that was dismissed.</returns>
    Task<string?> AskAsync(UserQuestion question, CancellationToken ct);
}
