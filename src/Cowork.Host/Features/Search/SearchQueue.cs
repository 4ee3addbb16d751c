using System.Globalization;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Search;

/// <summary>Moves what the database's triggers noted into the index.</summary>
[FeatureService]
sealed partial class SearchQueue : IAsyncDisposable
{
    /// <summary>Small enough that a turn that wants to store something hardly waits.</summary>
    const int Batch = 100;
    const long Long = 500;
    readonly Database _database;
    readonly OneAtATime _drain;

    public SearchQueue(Database database, ILogger<SearchQueue> log)
    {
        _database = database;
        _drain = new(DrainAsync, e => DrainFailed(log, e));
    }

    /// <summary>Whether there is more to do than somebody who searches should wait for.</summary>
    public bool IsLong => _database.Query(q => q.Scalar("SELECT MAX(id) - MIN(id) FROM search_queue")) is > Long;

    /// <summary>Starts to take all notes unless there are none.</summary>
    /// <returns>Ends when all are taken. It never fails.</returns>
    public Task CatchUp() => _drain.Ensure(() => _database.Query(q => q.Scalar("SELECT 1 FROM search_queue LIMIT 1")) is not null);

    public ValueTask DisposeAsync() => _drain.DisposeAsync();

    async Task DrainAsync(CancellationToken ct)
    {
        while (!await _database.WriteAsync(w => Drain(w, Batch), ct))
            ct.ThrowIfCancellationRequested();
    }

    static bool Drain(WriteScope w, int most)
    {
        var noted = new List<(string Kind, string Item)>();
        var last = 0L;
        using (var rows = w.Query("SELECT id, kind, item FROM search_queue ORDER BY id LIMIT ?1", most))
            while (rows.Read())
            {
                last = rows.GetInt64(0);
                noted.Add((rows.GetString(1), rows.GetString(2)));
            }

        foreach (var (kind, item) in noted.Distinct())
            Take(w, kind, item);
        w.Execute("DELETE FROM search_queue WHERE id <= ?1", last);
        return noted.Count < most;
    }

    static void Take(WriteScope w, string kind, string item)
    {
        if (kind == SearchKind.Name)
            SearchIndex.ForgetName(w, long.Parse(item, CultureInfo.InvariantCulture));
        else if (kind == SearchKind.Text)
            SearchIndex.ForgetText(w, long.Parse(item, CultureInfo.InvariantCulture));
        else if (!TryIndex(w, kind, item))
            SearchIndex.Remove(w, kind, item);
    }

    /// <returns>False when the row is gone.</returns>
    static bool TryIndex(WriteScope w, string kind, string item)
    {
        if (Source(kind) is not { } source)
            return false;
        using var row = w.Query(source, item);
        if (!row.Read())
            return false;
        switch (kind)
        {
            case SearchKind.Message:
                SearchIndex.PutText(w, kind, item, MessageText(row, 0), row.GetString(1));
                break;
            case SearchKind.Skill:
                SearchIndex.PutName(w, kind, item, row.GetString(0));
                SearchIndex.PutText(w, kind, item, row.GetString(1));
                break;
            default:
                SearchIndex.PutName(w, kind, item, row.GetString(0));
                break;
        }

        return true;
    }

    /// <summary>The words of a message, whatever shape its content has.</summary>
    internal static string MessageText(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? "" : MessageContent.Parse(row.GetString(column)).Text("\n");

    static string? Source(string kind) => kind switch
    {
        SearchKind.Message => "SELECT content, conversation_id FROM messages WHERE id = ?1",
        SearchKind.Task => "SELECT c.topic || char(10) || COALESCE(p.name, '') FROM conversations c LEFT JOIN projects p ON p.id = c.project_id WHERE c.id = ?1",
        SearchKind.Project => "SELECT name || char(10) || path FROM projects WHERE id = ?1",
        SearchKind.Schedule => "SELECT title || char(10) || prompt FROM schedules WHERE id = ?1",
        SearchKind.Pin => "SELECT COALESCE(title, '') || char(10) || item_id || char(10) || item_type FROM pins WHERE id = ?1",
        SearchKind.Skill => "SELECT label || char(10) || name || char(10) || COALESCE(description, '') || char(10) || COALESCE(when_to_use, ''), instructions FROM skills WHERE id = ?1",
        _ => null,
    };

    [LoggerMessage(LogLevel.Error, "The search index could not be brought up to date")]
    static partial void DrainFailed(ILogger log, Exception e);
}
