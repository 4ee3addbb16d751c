using System.Text.Json.Serialization;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Approvals;

/// <summary>An approval or a question on the wire; an approval has action, summary, subject and detail, a question text and options.</summary>
sealed record ApprovalView(
    Guid Id, string Kind, string Status, Guid ConversationId, Guid? ProjectId, string ResponseId, string? Action, string? Summary, string? Subject, string? Detail,
    string? Text, IReadOnlyList<string>? Options, string ToolUseId, string? Answer, DateTime CreatedAt, DateTime ExpiresAt, DateTime? AnsweredAt)
{
    public static ApprovalView Of(Approval a)
    {
        var isQuestion = a.Kind == Approval.QuestionKind;
        return new(
            a.Id, a.Kind, a.Status, a.ConversationId, a.ProjectId, $"resp-{a.TurnId}", a.Action, isQuestion ? null : a.Text, a.Subject, a.Detail,
            isQuestion ? a.Text : null, isQuestion ? a.Options : null, a.ToolUseId, a.Answer, a.CreatedAt, a.ExpiresAt, a.AnsweredAt);
    }
}

/// <param name="HasMore">Whether older ones exist; ask for them with <c>after</c> = the last one's id.</param>
sealed record ApprovalPage(IReadOnlyList<ApprovalView> Approvals, bool HasMore);

/// <param name="Answer">For an approval one of <see cref="ApprovalAnswer"/>, for a question any text.</param>
/// <param name="Dismiss">Whether the question stays without an answer.</param>
sealed record ApprovalReply(string? Answer = null, [property: JsonConverter(typeof(LenientBool))] bool Dismiss = false);

/// <summary>What was allowed for longer than once: in one conversation, or in one project.</summary>
sealed record ApprovalRule(Guid Id, Guid? ConversationId, Guid? ProjectId, string Action, string Subject, DateTime CreatedAt);

sealed record ApprovalRuleList(IReadOnlyList<ApprovalRule> Rules, bool HasMore);

/// <param name="Policy">One of <see cref="ApprovalPolicy"/>; null for the one of the settings.</param>
/// <param name="Actions">Policies of single actions, which win.</param>
sealed record ProjectApprovalPolicy(string? Policy = null, IReadOnlyDictionary<string, string>? Actions = null)
{
    /// <summary>The policy of the settings.</summary>
    public string Default { get; init; } = ApprovalPolicy.Ask;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApprovalView))]
[JsonSerializable(typeof(ApprovalPage))]
[JsonSerializable(typeof(ApprovalReply))]
[JsonSerializable(typeof(ApprovalRule))]
[JsonSerializable(typeof(ApprovalRuleList))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
sealed partial class ApprovalsJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProjectApprovalPolicy))]
sealed partial class ApprovalPolicyJson : JsonSerializerContext;
