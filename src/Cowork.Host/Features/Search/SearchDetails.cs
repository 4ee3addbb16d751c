using System.Globalization;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Search;

/// <summary>Reads what is shown of a hit.</summary>
static class SearchDetails
{
    /// <returns>Null when the thing is gone.</returns>
    public static SearchResult? Show(SqliteConnection connection, SearchQuery query, SearchHit hit)
    {
        var result = hit.Kind switch
        {
            SearchKind.Task => Row(connection, "SELECT c.topic, p.name FROM conversations c LEFT JOIN projects p ON p.id = c.project_id WHERE c.id = ?1", hit.Item, row => New(hit, Id(hit.Item), row.GetString(0), Text(row, 1) ?? "", SearchKind.Task) with
            {
                Project = Text(row, 1),
                ConversationId = Guid.Parse(hit.Item),
                MessageId = hit.Text is { } message ? Guid.Parse(message) : null,
            }),
            SearchKind.Project => Row(connection, "SELECT name, path FROM projects WHERE id = ?1", hit.Item, row =>
                New(hit, row.GetString(0), row.GetString(0), row.GetString(1), SearchKind.Project) with { Project = row.GetString(0) }),
            SearchKind.Schedule => Row(connection, "SELECT s.title, s.next_run_at, p.name FROM schedules s LEFT JOIN projects p ON p.id = s.project_id WHERE s.id = ?1", hit.Item, row =>
                New(hit, Id(hit.Item), row.GetString(0), Encodings.ToTime(row.GetString(1)).ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture), "scheduled") with { Project = Text(row, 2) }),
            SearchKind.Pin => Row(connection, "SELECT item_id, title, item_type FROM pins WHERE id = ?1", hit.Item, row =>
                New(hit, row.GetString(0), Text(row, 1) ?? row.GetString(0), $"Pinned {row.GetString(2)}", row.GetString(2))),
            SearchKind.Skill => Row(connection, "SELECT label, name, description FROM skills WHERE id = ?1", hit.Item, row =>
                New(hit, row.GetString(0), row.GetString(1), Text(row, 2) ?? "", "skills")),
            _ => InProject(connection, hit),
        };
        return hit.Text is null ? result : result is null ? null : result with { Snippet = SearchText.Snippet(TextOf(connection, hit), query.Words) };
    }

    /// <summary>How many of the words stand in the text of a hit.</summary>
    public static int WordsIn(SqliteConnection connection, SearchQuery query, SearchHit hit)
    {
        var folded = SearchText.Fold(TextOf(connection, hit));
        return query.Words.Count(w => folded.Contains(w, StringComparison.Ordinal));
    }

    /// <summary>Files and artifacts: an item is the project's id and a path in it.</summary>
    static SearchResult? InProject(SqliteConnection connection, SearchHit hit)
    {
        var (project, path) = Split(hit.Item);
        return Row(connection, "SELECT name, path FROM projects WHERE id = ?1", project, row =>
        {
            var (name, folder) = (row.GetString(0), row.GetString(1));
            if (hit.Kind == SearchKind.File)
                return New(hit, path, Path.GetFileName(path), $"{name}/{path}", SearchKind.File) with { Project = name };
            return ArtifactMetadata.Read(Path.Combine(ArtifactMetadata.Folder(folder), path)) is { } artifact
                ? New(hit, artifact.Id, artifact.Title, name, "artifacts") with { Project = name }
                : null;
        });
    }

    static string TextOf(SqliteConnection connection, SearchHit hit) => hit.Kind switch
    {
        SearchKind.Task => Row(connection, "SELECT content FROM messages WHERE id = ?1", hit.Text!, row => SearchQueue.MessageText(row, 0)),
        SearchKind.Skill => Row(connection, "SELECT instructions FROM skills WHERE id = ?1", hit.Text!, row => row.GetString(0)),
        _ => Row(connection, "SELECT path FROM projects WHERE id = ?1", Split(hit.Item).Project, row =>
            SafePath.TryResolve(row.GetString(0), Split(hit.Item).Path, out var path) ? ProjectWalk.ReadText(path) : null),
    } ?? "";

    static SearchResult New(SearchHit hit, string id, string title, string subtitle, string route) =>
        new() { Type = hit.Kind, Id = id, Title = title, Subtitle = subtitle, Route = route, Score = hit.Score };

    static T? Row<T>(SqliteConnection connection, string query, string id, Func<SqliteDataReader, T?> read)
        where T : class
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        command.Parameters.AddWithValue("?1", id);
        using var row = command.ExecuteReader();
        return row.Read() ? read(row) : null;
    }

    static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    static string Id(string item) => Guid.Parse(item).ToString();

    static (string Project, string Path) Split(string item) => (item[..item.IndexOf('/', StringComparison.Ordinal)], item[(item.IndexOf('/', StringComparison.Ordinal) + 1)..]);
}
