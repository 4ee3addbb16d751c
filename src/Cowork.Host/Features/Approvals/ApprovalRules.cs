using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Features.Settings;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Approvals;

/// <summary>
/// What may be done without asking. In this order: a policy that forbids it; what the user allowed before; for a turn that nobody watches,
/// its own policy; a policy that allows it; and else a person is asked.
/// </summary>
[FeatureService]
sealed class ApprovalRules(Database database, SettingsService settings, TimeProvider time)
{
    const string InsteadOfThis = "Go on without it, and say what you could not do.";
    const string RunCode = "run_code";
    const string Select = "SELECT id, conversation_id, project_id, action, subject, created_at FROM approval_rules";

    /// <param name="isUse">Whether it is done when it is allowed, which uses up what was allowed once.</param>
    /// <returns>Null when a person has to decide.</returns>
    public ApprovalDecision? Decide(ApprovalTurn turn, ApprovalRequest request, bool isUse)
    {
        var policy = PolicyFor(turn.ProjectId, request.Action);
        // First: who forbids something now does not want what was allowed earlier to go on.
        if (policy == ApprovalPolicy.Deny)
            return new(false, $"The project does not allow this. {InsteadOfThis}");
        if (turn.Grants.Allows(request.Action, request.Subject, isUse) || IsRemembered(turn, request))
            return new(true, "The user has allowed this before.");
        // Not by the project's policy: what is fine while somebody watches need not be fine at night. Without code a schedule could do next to nothing.
        if (!turn.IsInteractive && !(request.Action == RunCode && policy == ApprovalPolicy.Allow))
            return turn.Unattended.Allows(request.Action, request.Subject)
                ? new(true, "This turn may do it without asking.")
                : new(false, $"Nobody is there to ask, and this turn may not do it by itself. {InsteadOfThis}");
        return policy == ApprovalPolicy.Allow ? new(true, "The project allows this.") : null;
    }

    /// <summary>A project's policy as it is set; without one, that of the settings counts.</summary>
    public ProjectApprovalPolicy Get(Guid project) =>
        database.Query(statements => statements.List(Policy, "SELECT policy, actions FROM approval_policies WHERE project_id = ?1", project)) is [var found]
            ? found with { Default = Default }
            : new(null, new Dictionary<string, string>()) { Default = Default };

    public Task SetAsync(Guid project, ProjectApprovalPolicy policy, CancellationToken ct) =>
        database.WriteAsync(
            w => w.Execute(
                "INSERT INTO approval_policies (project_id, policy, actions, modified_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (project_id) DO UPDATE SET policy = ?2, actions = ?3, modified_at = ?4",
                project, policy.Policy, JsonSerializer.Serialize(policy.Actions!, ApprovalsJson.Default.IReadOnlyDictionaryStringString), time.UtcNow()),
            ct);

    /// <summary>What was allowed for longer than once, newest first.</summary>
    public IReadOnlyList<ApprovalRule> List(Guid? conversation, Guid? project) =>
        database.Query(statements => statements.List(
            Rule, $"{Select} WHERE (?1 IS NULL OR conversation_id = ?1) AND (?2 IS NULL OR project_id = ?2) ORDER BY created_at DESC, rowid DESC", conversation, project));

    /// <exception cref="ApiException">404: no such rule.</exception>
    public ApprovalRule Find(Guid id) =>
        database.Query(statements => statements.List(Rule, $"{Select} WHERE id = ?1", id)) is [var found] ? found : throw Missing();

    /// <exception cref="ApiException">404: no such rule.</exception>
    public async Task ForgetAsync(Guid id, CancellationToken ct)
    {
        if (await database.WriteAsync(w => w.Execute("DELETE FROM approval_rules WHERE id = ?1", id), ct) == 0)
            throw Missing();
    }

    /// <summary>Remembers an answer that was meant for longer than once.</summary>
    public void Remember(WriteScope w, Approval approval)
    {
        var (conversation, project) = approval.Answer switch
        {
            ApprovalAnswer.Conversation => (approval.ConversationId, null),
            ApprovalAnswer.Always => (null, approval.ProjectId),
            _ => ((Guid?)null, (Guid?)null),
        };
        if (conversation is not null || project is not null)
            w.Execute(
                "INSERT OR IGNORE INTO approval_rules (id, conversation_id, project_id, action, subject, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                Guid.CreateVersion7(), conversation, project, approval.Action, approval.Subject, time.UtcNow());
    }

    bool IsRemembered(ApprovalTurn turn, ApprovalRequest request) =>
        database.Query(statements => statements.Scalar(
            "SELECT 1 FROM approval_rules WHERE action = ?1 AND subject = ?2 AND (conversation_id = ?3 OR project_id = ?4)",
            request.Action, request.Subject, turn.ConversationId, turn.ProjectId)) is not null;

    string PolicyFor(Guid project, string action)
    {
        var own = Get(project);
        if (own.Actions!.GetValueOrDefault(action) is { } chosen)
            return chosen;
        var policy = own.Policy ?? Default;
        // An agent that computes would ask in every turn, also a schedule's at night; who wants to be asked says so for this action.
        return action == RunCode && policy == ApprovalPolicy.Ask ? ApprovalPolicy.Allow : policy;
    }

    string Default => settings.Get(SettingCatalog.ApprovalPolicyKey)!;

    static ProjectApprovalPolicy Policy(SqliteDataReader row) => new(
        row.TextOrNull(0), JsonSerializer.Deserialize(row.GetString(1), ApprovalsJson.Default.IReadOnlyDictionaryStringString)!);

    static ApprovalRule Rule(SqliteDataReader row) => new(
        Encodings.ToId(row.GetString(0)), row.IdOrNull(1), row.IdOrNull(2), row.GetString(3), row.GetString(4), Encodings.ToTime(row.GetString(5)));

    static ApiException Missing() => ApiException.NotFound("approval_rule_not_found", "There is no remembered answer with this id.");
}
