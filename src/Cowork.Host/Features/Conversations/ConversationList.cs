using System.Runtime.InteropServices;
using System.Text.Json;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Conversations;

/// <summary>Which conversations a list shows.</summary>
sealed record ConversationFilter
{
    public const string AllProjects = "all";
    public const int DefaultLimit = 50;

    public Guid? ProjectId { get; init; }

    /// <summary>A project's name, or <see cref="AllProjects"/>; a name that does not exist means the default project. Counts only without an id.</summary>
    public string? Project { get; init; }

    /// <summary>Without a limit, <see cref="DefaultLimit"/>.</summary>
    public required Page Page { get; init; }

    /// <summary>Only archived ones, only others, or both when null.</summary>
    public bool? Archived { get; init; } = false;
}

/// <summary>Reads conversations as clients see them: one statement a list, whatever its length.</summary>
[FeatureService]
sealed class ConversationList(Database database)
{
    const string Select =
        """
        SELECT c.id, c.topic, c.created_at, c.modified_at, c.project_id, p.name, p.path, c.disabled_connections, c.archived_at IS NOT NULL,
               (SELECT r.schedule_id FROM schedule_runs r WHERE r.conversation_id = c.id LIMIT 1)
        FROM conversations c LEFT JOIN projects p ON p.id = c.project_id
        """;

    /// <summary>Newest first; among those of one moment the last one made comes first.</summary>
    /// <exception cref="ApiException">404: the conversation to go on after is gone.</exception>
    public ConversationPage Read(ConversationFilter filter) =>
        database.Query(statements =>
        {
            var after = filter.Page.AfterId;
            if (after is not null && statements.Scalar("SELECT 1 FROM conversations WHERE id = ?1", after) is null)
                throw Page.Gone();
            var limit = filter.Page.Limit ?? ConversationFilter.DefaultLimit;
            var values = new List<object?> { limit + 1L };
            var sql = $"{Select} WHERE {Scope(filter, values)}{Archived(filter.Archived)}{After(after, values)} ORDER BY c.created_at DESC, c.rowid DESC LIMIT ?1";
            var rows = statements.List(ReadRow, sql, CollectionsMarshal.AsSpan(values));
            var hasMore = rows.Count > limit;
            if (hasMore)
                rows.RemoveAt(rows.Count - 1);
            return new ConversationPage(rows, hasMore);
        });

    /// <exception cref="ApiException">404: no such conversation.</exception>
    public ConversationView Get(Guid id) =>
        database.Query(statements => statements.List(ReadRow, $"{Select} WHERE c.id = ?1", id)) is [var found] ? found : throw Missing();

    public static ApiException Missing() => ApiException.NotFound("conversation_not_found", "There is no conversation with this id.");

    static string Scope(ConversationFilter filter, List<object?> values)
    {
        if (filter.ProjectId is { } id)
            return $"c.project_id = {Parameter(values, id)}";
        return filter.Project == ConversationFilter.AllProjects
            ? "TRUE"
            : $"c.project_id = COALESCE((SELECT named.id FROM projects named WHERE named.name = {Parameter(values, filter.Project)}), {Parameter(values, Project.GeneralId)})";
    }

    static string After(Guid? after, List<object?> values) =>
        after is null ? "" : $" AND (c.created_at, c.rowid) < (SELECT a.created_at, a.rowid FROM conversations a WHERE a.id = {Parameter(values, after)})";

    static string Parameter(List<object?> values, object? value)
    {
        values.Add(value);
        return $"?{values.Count}";
    }

    static string Archived(bool? archived) => archived switch
    {
        true => " AND c.archived_at IS NOT NULL",
        false => " AND c.archived_at IS NULL",
        null => "",
    };

    static ConversationView ReadRow(SqliteDataReader row) => new()
    {
        Id = Encodings.ToId(row.GetString(0)),
        Title = row.GetString(1),
        CreatedAt = Encodings.ToTime(row.GetString(2)),
        UpdatedAt = Encodings.ToTime(row.GetString(3)),
        ProjectId = Encodings.ToId(row.GetString(4)),
        Project = row.TextOrNull(5),
        ProjectPath = row.TextOrNull(6),
        DisabledConnections = row.IsDBNull(7) ? [] : JsonSerializer.Deserialize(row.GetString(7), ConversationRequestsJson.Default.IReadOnlyListConnectionName)!,
        Archived = row.GetBoolean(8),
        ScheduledId = row.IdOrNull(9),
    };
}
