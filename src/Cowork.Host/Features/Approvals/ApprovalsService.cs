using System.Runtime.InteropServices;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Approvals;

/// <summary>Which approvals a list shows.</summary>
/// <param name="After">Only those that come after this one in the list.</param>
sealed record ApprovalFilter(string? Status, Guid? ConversationId, Guid? ProjectId, Guid? After, int Limit)
{
    public const int DefaultLimit = 50;
    public const int MostLimit = 500;
}

/// <summary>What users see of approvals and questions, and how they answer.</summary>
[FeatureService]
sealed class ApprovalsService(Database database, ApprovalGate gate, ApprovalRules rules, LateAnswers late, TimeProvider time)
{
    const int LongestAnswer = 100_000;

    /// <summary>Newest first.</summary>
    public ApprovalPage List(ApprovalFilter filter) =>
        database.Query(statements =>
        {
            var values = new List<object?> { filter.Limit + 1L, filter.Status, filter.ConversationId, filter.ProjectId, filter.After };
            var rows = statements.List(
                ApprovalRows.Read,
                $"""
                {ApprovalRows.Select}
                WHERE (?2 IS NULL OR a.status = ?2) AND (?3 IS NULL OR a.conversation_id = ?3) AND (?4 IS NULL OR c.project_id = ?4)
                  AND (?5 IS NULL OR (a.created_at, a.rowid) < (SELECT b.created_at, b.rowid FROM approvals b WHERE b.id = ?5))
                ORDER BY a.created_at DESC, a.rowid DESC LIMIT ?1
                """,
                CollectionsMarshal.AsSpan(values));
            var hasMore = rows.Count > filter.Limit;
            return new ApprovalPage([.. rows.Take(filter.Limit).Select(ApprovalView.Of)], hasMore);
        });

    /// <exception cref="ApiException">404: no such approval.</exception>
    public Approval Find(Guid id) =>
        database.Query(statements => statements.List(ApprovalRows.Read, $"{ApprovalRows.Select} WHERE a.id = ?1", id)) is [var found]
            ? found
            : throw ApiException.NotFound("approval_not_found", "There is no approval or question with this id.");

    /// <summary>Answers what waits; and what waited when the server ended, as long as nothing came after it: then a new turn goes on.</summary>
    /// <exception cref="ApiException">404: no such approval; 409: it has ended already; 422: not an answer to it.</exception>
    public async Task<Approval> AnswerAsync(Guid id, ApprovalReply reply, CancellationToken ct)
    {
        var asked = Find(id);
        var answered = asked with { Status = Status(reply), Answer = Checked(asked, reply) is { } answer ? gate.Clean(id, answer) : null, AnsweredAt = time.UtcNow() };
        var interrupted = asked.Status == ApprovalStatus.Interrupted ? late.TurnToContinue(asked) : null;
        await database.WriteAsync(
            w =>
            {
                if (!ApprovalRows.Close(w, answered, from: interrupted is null ? ApprovalStatus.Pending : ApprovalStatus.Interrupted))
                    throw Over((string?)w.Scalar("SELECT status FROM approvals WHERE id = ?1", id));
                rules.Remember(w, answered);
            },
            ct);
        if (interrupted is null)
            gate.Answer(answered);
        else if (answered.Status == ApprovalStatus.Answered)
            await late.ContinueAsync(interrupted, answered);
        return answered;
    }

    static string Status(ApprovalReply reply) => reply.Dismiss ? ApprovalStatus.Dismissed : ApprovalStatus.Answered;

    /// <returns>The answer; null for a dismissed question.</returns>
    static string? Checked(Approval asked, ApprovalReply reply)
    {
        if (asked.Kind == Approval.ApprovalKind)
            return reply is { Dismiss: false, Answer: { } answer } && ApprovalAnswer.All.Contains(answer)
                ? answer
                : throw ApiException.Invalid("answer", $"The answer must be one of: {string.Join(", ", ApprovalAnswer.All)}.");
        if (!reply.Dismiss)
            return TextField.Required("answer", reply.Answer ?? "", LongestAnswer);
        return reply.Answer is null ? null : throw ApiException.Invalid("dismiss", "Send an answer or dismiss the question, not both.");
    }

    static ApiException Over(string? status) => status switch
    {
        null => ApiException.NotFound("approval_not_found", "There is no approval or question with this id."),
        ApprovalStatus.Answered or ApprovalStatus.Dismissed => ApiException.Conflict("approval_answered", "This has been answered already."),
        _ => ApiException.Conflict("approval_over", "The agent does not wait for this any more. Write a message to go on."),
    };
}
