using System.Text.Json;
using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Approvals;

/// <summary>How approvals lie in the database.</summary>
static class ApprovalRows
{
    public const string Select =
        """
        SELECT a.id, a.kind, a.status, a.conversation_id, c.project_id, a.turn_id, a.action, a.text, a.subject, a.detail, a.options, a.tool_use_id, a.answer,
               a.created_at, a.expires_at, a.answered_at
        FROM approvals a LEFT JOIN conversations c ON c.id = a.conversation_id
        """;

    public static void Insert(WriteScope w, Approval a) => w.Execute(
        """
        INSERT INTO approvals (id, kind, status, conversation_id, turn_id, action, text, subject, detail, options, tool_use_id, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        """,
        a.Id, a.Kind, a.Status, a.ConversationId, a.TurnId, a.Action, a.Text, a.Subject, a.Detail,
        a.Options.Count == 0 ? null : JsonSerializer.Serialize(a.Options, ApprovalsJson.Default.IReadOnlyListString), a.ToolUseId, a.CreatedAt, a.ExpiresAt);

    /// <summary>Stores the end of one.</summary>
    /// <param name="from">The status that it has as long as nobody else ended it.</param>
    /// <returns>False when it had ended already: the first end counts.</returns>
    public static bool Close(WriteScope w, Approval a, string from = ApprovalStatus.Pending) =>
        w.Execute("UPDATE approvals SET status = ?2, answer = ?3, answered_at = ?4 WHERE id = ?1 AND status = ?5", a.Id, a.Status, a.Answer, a.AnsweredAt, from) > 0;

    public static Approval Read(SqliteDataReader row) => new()
    {
        Id = Encodings.ToId(row.GetString(0)),
        Kind = row.GetString(1),
        Status = row.GetString(2),
        ConversationId = Encodings.ToId(row.GetString(3)),
        ProjectId = row.IdOrNull(4),
        TurnId = Encodings.ToId(row.GetString(5)),
        Action = row.TextOrNull(6),
        Text = row.GetString(7),
        Subject = row.TextOrNull(8),
        Detail = row.TextOrNull(9),
        Options = row.IsDBNull(10) ? [] : JsonSerializer.Deserialize(row.GetString(10), ApprovalsJson.Default.IReadOnlyListString)!,
        ToolUseId = row.GetString(11),
        Answer = row.TextOrNull(12),
        CreatedAt = Encodings.ToTime(row.GetString(13)),
        ExpiresAt = Encodings.ToTime(row.GetString(14)),
        AnsweredAt = row.TimeOrNull(15),
    };

    /// <param name="ids">The conversations: a JSON array of ids as the tables write them.</param>
    public static void RemoveOfConversations(WriteScope w, string ids)
    {
        w.Execute("DELETE FROM approvals WHERE conversation_id IN (SELECT value FROM json_each(?1))", ids);
        w.Execute("DELETE FROM approval_rules WHERE conversation_id IN (SELECT value FROM json_each(?1))", ids);
    }

    public static void RemoveOfProject(WriteScope w, Guid project)
    {
        w.Execute("DELETE FROM approval_rules WHERE project_id = ?1", project);
        w.Execute("DELETE FROM approval_policies WHERE project_id = ?1", project);
    }
}
