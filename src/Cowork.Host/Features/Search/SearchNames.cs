using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Search;

/// <summary>Looks words up in the names.</summary>
static class SearchNames
{
    const int PinBonus = 5;

    public static List<SearchHit> Find(PreparedStatements database, SearchQuery query)
    {
        var names = query.ForNames is { } match
            ? database.List(ToName, "SELECT n.id, n.kind, n.item, n.name FROM search_names_fts f JOIN search_names n ON n.id = f.rowid WHERE search_names_fts MATCH ?1", match)
            // A word is shorter than the index's parts: names are few enough to look at all of them.
            : database.List(ToName, $"SELECT id, kind, item, name FROM search_names WHERE {string.Join(" OR ", query.Words.Select((_, i) => $"instr(name, ?{i + 1})"))}", [.. query.Words]);
        var hits = names.Select(n => new SearchHit(n.Kind, n.Item, null, query.Score(n.Folded), 0, n.Id)).Where(h => h.Score > 0).ToList();
        if (hits.Exists(h => h.Kind == SearchKind.Pin))
            PreferNewestPins(database, hits);
        return hits;
    }

    static (long Id, string Kind, string Item, string Folded) ToName(SqliteDataReader row) => (row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3));

    static void PreferNewestPins(PreparedStatements database, List<SearchHit> hits)
    {
        var newest = database.List(row => row.GetString(0), "SELECT id FROM pins ORDER BY created_at DESC, rowid DESC LIMIT ?1", PinBonus);
        for (var place = 0; place < newest.Count; place++)
        {
            var at = hits.FindIndex(h => h.Kind == SearchKind.Pin && h.Item == newest[place]);
            if (at >= 0)
                hits[at] = hits[at] with { Score = hits[at].Score + PinBonus - place };
        }
    }
}
