using System.Globalization;
using Cowork.Host.Features.Artifacts;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Search;

/// <summary>Reads what is shown of a hit.</summary>
static class SearchDetails
{
    /// <returns>Null when the thing is gone.</returns>
    public static SearchResult? Show(PreparedStatements database, SearchQuery query, SearchHit hit)
    {
        var result = hit.Kind switch
        {
            SearchKind.Task => Row(database, "SELECT c.topic, p.name, c.archived_at IS NOT NULL FROM conversations c LEFT JOIN projects p ON p.id = c.project_id WHERE c.id = ?1", hit.Item, row => New(hit, Id(hit.Item), row.GetString(0), row.TextOrNull(1) ?? "", SearchKind.Task) with
            {
                Project = row.TextOrNull(1),
                ConversationId = Guid.Parse(hit.Item),
                Archived = row.GetBoolean(2),
                MessageId = hit.Text is { } message ? Guid.Parse(message) : null,
            }),
            SearchKind.Project => Row(database, "SELECT name, path FROM projects WHERE id = ?1", hit.Item, row =>
                New(hit, row.GetString(0), row.GetString(0), row.GetString(1), SearchKind.Project) with { Project = row.GetString(0) }),
            SearchKind.Schedule => Row(database, "SELECT s.title, s.next_run_at, p.name FROM schedules s LEFT JOIN projects p ON p.id = s.project_id WHERE s.id = ?1", hit.Item, row =>
                New(hit, Id(hit.Item), row.GetString(0), Encodings.ToTime(row.GetString(1)).ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture), "scheduled") with { Project = row.TextOrNull(2) }),
            SearchKind.Pin => Row(database, "SELECT item_id, title, item_type FROM pins WHERE id = ?1", hit.Item, row =>
                New(hit, row.GetString(0), row.TextOrNull(1) ?? row.GetString(0), $"Pinned {row.GetString(2)}", row.GetString(2))),
            SearchKind.Skill => Row(database, "SELECT label, name, description FROM skills WHERE id = ?1", hit.Item, row =>
                New(hit, row.GetString(0), row.GetString(1), row.TextOrNull(2) ?? "", "skills")),
            _ => InProject(database, hit),
        };
        return hit.Text is null ? result : result is null ? null : result with { Snippet = SearchText.Snippet(TextOf(database, hit), query.Words) };
    }

    /// <summary>How many of the words stand in the text of a hit.</summary>
    public static int WordsIn(PreparedStatements database, SearchQuery query, SearchHit hit)
    {
        var folded = SearchText.Fold(TextOf(database, hit));
        return query.Words.Count(w => folded.Contains(w, StringComparison.Ordinal));
    }

    /// <summary>Files and artifacts: an item is the project's id and a path in it.</summary>
    static SearchResult? InProject(PreparedStatements database, SearchHit hit)
    {
        var (project, path) = Split(hit.Item);
        return Row(database, "SELECT name, path FROM projects WHERE id = ?1", project, row =>
        {
            var (name, folder) = (row.GetString(0), row.GetString(1));
            if (hit.Kind == SearchKind.File)
                return New(hit, path, Path.GetFileName(path), $"{name}/{path}", SearchKind.File) with { Project = name };
            return ArtifactMetadata.Read(Path.Combine(ArtifactLayout.Folder(folder), path)) is { } artifact
                ? New(hit, artifact.Id, artifact.Title, name, "artifacts") with { Project = name }
                : null;
        });
    }

    static string TextOf(PreparedStatements database, SearchHit hit) => hit.Kind switch
    {
        SearchKind.Task => Row(database, "SELECT content FROM messages WHERE id = ?1", hit.Text!, row => SearchQueue.MessageText(row, 0)),
        SearchKind.Skill => Row(database, "SELECT instructions FROM skills WHERE id = ?1", hit.Text!, row => row.GetString(0)),
        SearchKind.Artifact => Row(database, "SELECT path FROM projects WHERE id = ?1", Split(hit.Item).Project, row =>
            ProjectWalk.ReadArtifactText(Path.Combine(ArtifactLayout.Folder(row.GetString(0)), Split(hit.Item).Path))),
        _ => Row(database, "SELECT path FROM projects WHERE id = ?1", Split(hit.Item).Project, row =>
            SafePath.TryResolve(row.GetString(0), Split(hit.Item).Path, out var path) ? ProjectWalk.ReadText(path) : null),
    } ?? "";

    static SearchResult New(SearchHit hit, string id, string title, string subtitle, string route) =>
        new() { Type = hit.Kind, Id = id, Title = title, Subtitle = subtitle, Route = route, Score = hit.Score };

    static T? Row<T>(PreparedStatements database, string query, string id, Func<SqliteDataReader, T?> read)
        where T : class
    {
        using var row = database.Query(query, id);
        return row.Read() ? read(row) : null;
    }

    static string Id(string item) => Guid.Parse(item).ToString();

    static (string Project, string Path) Split(string item) => (item[..item.IndexOf('/', StringComparison.Ordinal)], item[(item.IndexOf('/', StringComparison.Ordinal) + 1)..]);
}
