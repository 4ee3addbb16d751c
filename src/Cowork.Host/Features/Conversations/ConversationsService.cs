using System.Text.Json;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>The rules for making and changing conversations.</summary>
[FeatureService]
sealed class ConversationsService(Database database, ConversationList list, TimeProvider time)
{
    /// <exception cref="ApiException">404: no such project; 422: the title is too long.</exception>
    public async Task<ConversationView> CreateAsync(ConversationChange wanted, CancellationToken ct)
    {
        var title = Titles.Check(FirstText(wanted.Topic, wanted.Title) ?? Titles.Untitled);
        var now = time.UtcNow();
        var id = Guid.CreateVersion7();
        await database.WriteAsync(
            w =>
            {
                var project = ProjectLookup.Choose(w.Statements, wanted.ProjectId, wanted.Project);
                ConversationRows.Insert(w, new()
                {
                    Id = id,
                    Topic = title,
                    ProjectId = project,
                    DisabledConnections = Stored(wanted.DisabledConnections ?? []),
                    CreatedAt = now,
                    ModifiedAt = now,
                });
            },
            ct);
        return list.Get(id);
    }

    /// <exception cref="ApiException">404: no such conversation or project; 422: the title is too long.</exception>
    public async Task<ConversationView> UpdateAsync(Guid id, ConversationChange change, CancellationToken ct)
    {
        var title = change.Topic ?? change.Title;
        if (title is not null)
            Titles.Check(title);
        await database.WriteAsync(
            w =>
            {
                var own = w.Scalar("SELECT project_id FROM conversations WHERE id = ?1", id) is string found ? Encodings.ToId(found) : throw ConversationList.Missing();
                var project = own;
                if (change.ProjectId is not null || !string.IsNullOrEmpty(change.Project))
                    project = ProjectLookup.Choose(w.Statements, change.ProjectId, change.Project);
                if (project != own)
                    ConversationRows.MoveUploads(w, id, own, project);
                w.Execute(
                    """
                    UPDATE conversations SET project_id = ?2, topic = COALESCE(?3, topic), modified_at = ?4,
                        disabled_connections = CASE WHEN ?5 THEN ?6 ELSE disabled_connections END,
                        archived_at = CASE ?7 WHEN 1 THEN COALESCE(archived_at, ?4) WHEN 0 THEN NULL ELSE archived_at END
                    WHERE id = ?1
                    """,
                    id, project, title, time.UtcNow(), change.DisabledConnections is not null, Stored(change.DisabledConnections ?? []), change.Archived);
            },
            ct);
        return list.Get(id);
    }

    /// <summary>Puts conversations out of sight, or back; that does not make them newer.</summary>
    /// <returns>How many were in the other state before; ids that do not exist are skipped.</returns>
    public Task<int> ArchiveAsync(IReadOnlyList<Guid> ids, bool archived, CancellationToken ct) =>
        database.WriteAsync(
            w => ids.Sum(id => archived
                ? w.Execute("UPDATE conversations SET archived_at = ?2 WHERE id = ?1 AND archived_at IS NULL", id, time.UtcNow())
                : w.Execute("UPDATE conversations SET archived_at = NULL WHERE id = ?1 AND archived_at IS NOT NULL", id)),
            ct);

    static string? FirstText(string? topic, string? title) => string.IsNullOrEmpty(topic) ? string.IsNullOrEmpty(title) ? null : title : topic;

    /// <summary>The muted connections as the database keeps them.</summary>
    public static string? Stored(IReadOnlyList<ConnectionName> disabled) =>
        disabled is [] ? null : JsonSerializer.Serialize(disabled, ConversationRequestsJson.Default.IReadOnlyListConnectionName);
}
