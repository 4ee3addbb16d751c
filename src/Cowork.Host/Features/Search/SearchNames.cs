using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Search;

/// <summary>Looks words up in the names.</summary>
static class SearchNames
{
    const int PinBonus = 5;

    public static List<SearchHit> Find(SqliteConnection connection, SearchQuery query)
    {
        using var command = connection.CreateCommand();
        if (query.ForNames is { } match)
        {
            command.CommandText = "SELECT n.id, n.kind, n.item, n.name FROM search_names_fts f JOIN search_names n ON n.id = f.rowid WHERE search_names_fts MATCH ?1";
            command.Parameters.AddWithValue("?1", match);
        }
        else
        {
            // Words shorter than the index's parts: names are few enough to look at all of them.
            command.CommandText = $"SELECT id, kind, item, name FROM search_names WHERE {string.Join(" OR ", query.Words.Select((_, i) => $"instr(name, ?{i + 1}) > 0"))}";
            for (var i = 0; i < query.Words.Count; i++)
                command.Parameters.AddWithValue($"?{i + 1}", query.Words[i]);
        }

        var hits = new List<SearchHit>();
        using (var rows = command.ExecuteReader())
            while (rows.Read())
                if (query.Score(rows.GetString(3)) is var score and > 0)
                    hits.Add(new(rows.GetString(1), rows.GetString(2), null, score, 0, rows.GetInt64(0)));
        if (hits.Exists(h => h.Kind == SearchKind.Pin))
            PreferNewestPins(connection, hits);
        return hits;
    }

    static void PreferNewestPins(SqliteConnection connection, List<SearchHit> hits)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id FROM pins ORDER BY created_at DESC, rowid DESC LIMIT {PinBonus}";
        using var rows = command.ExecuteReader();
        for (var place = 0; rows.Read(); place++)
        {
            var at = hits.FindIndex(h => h.Kind == SearchKind.Pin && h.Item == rows.GetString(0));
            if (at >= 0)
                hits[at] = hits[at] with { Score = hits[at].Score + PinBonus - place };
        }
    }
}
