using System.Collections.Concurrent;

namespace Cowork.Host.Features.Approvals;

/// <summary>Something that an agent asked. Immutable.</summary>
sealed record Approval
{
    /// <summary>May I?</summary>
    public const string ApprovalKind = "approval";

    /// <summary>What shall I?</summary>
    public const string QuestionKind = "question";

    public required Guid Id { get; init; }

    /// <summary><see cref="ApprovalKind"/> or <see cref="QuestionKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>One of <see cref="ApprovalStatus"/>.</summary>
    public string Status { get; init; } = ApprovalStatus.Pending;
    public required Guid ConversationId { get; init; }

    /// <summary>The conversation's project; null when it is gone.</summary>
    public Guid? ProjectId { get; init; }
    public required Guid TurnId { get; init; }

    /// <summary>Only of approvals; so are subject and detail.</summary>
    public string? Action { get; init; }

    /// <summary>The sentence to decide about, or the question.</summary>
    public required string Text { get; init; }
    public string? Subject { get; init; }
    public string? Detail { get; init; }

    /// <summary>Answers that a question offers.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
    public required string ToolUseId { get; init; }

    /// <summary>One of <see cref="ApprovalAnswer"/>, or what the user said; null while there is none.</summary>
    public string? Answer { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime ExpiresAt { get; init; }

    /// <summary>When it ended, however it did.</summary>
    public DateTime? AnsweredAt { get; init; }
}

static class ApprovalStatus
{
    public const string Pending = "pending";
    public const string Answered = "answered";

    /// <summary>The user does not want to answer the question.</summary>
    public const string Dismissed = "dismissed";

    /// <summary>Nobody answered in time.</summary>
    public const string Expired = "expired";

    /// <summary>The turn was stopped.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>The server ended.</summary>
    public const string Interrupted = "interrupted";

    public static readonly IReadOnlyList<string> All = [Pending, Answered, Dismissed, Expired, Withdrawn, Interrupted];
}

static class ApprovalAnswer
{
    public const string Once = "once";

    /// <summary>From now on in this conversation.</summary>
    public const string Conversation = "conversation";

    /// <summary>From now on in this project.</summary>
    public const string Always = "always";
    public const string Deny = "deny";

    public static readonly IReadOnlyList<string> All = [Once, Conversation, Always, Deny];
}

static class ApprovalPolicy
{
    public const string Ask = "ask";
    public const string Allow = "allow";
    public const string Deny = "deny";

    public static readonly IReadOnlyList<string> All = [Ask, Allow, Deny];
}

/// <summary>What a turn may do that nobody watches; it never waits for an answer.</summary>
/// <param name="Policy"><see cref="ApprovalPolicy.Allow"/> or <see cref="ApprovalPolicy.Deny"/>.</param>
/// <param name="Allowed">What it may do all the same: <c>action</c>, or <c>action: subject</c>.</param>
sealed record UnattendedApprovals(string Policy, IReadOnlyList<string> Allowed)
{
    public static readonly UnattendedApprovals None = new(ApprovalPolicy.Deny, []);

    public bool Allows(string action, string subject) =>
        Policy == ApprovalPolicy.Allow || Allowed.Contains(action) || Allowed.Contains(OneTimeGrants.Of(action, subject));
}

/// <summary>What may be done once without asking. Thread-safe.</summary>
sealed class OneTimeGrants(IEnumerable<string> grants)
{
    readonly ConcurrentDictionary<string, byte> _left = new(grants.Select(grant => KeyValuePair.Create(grant, (byte)0)));

    public static string Of(string action, string subject) => $"{action}: {subject}";

    /// <param name="isUse">Whether the grant is used up.</param>
    public bool Allows(string action, string subject, bool isUse) =>
        isUse ? _left.TryRemove(Of(action, subject), out _) : _left.ContainsKey(Of(action, subject));
}
