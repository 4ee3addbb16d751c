using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Search;

/// <summary>Looks words up in the texts.</summary>
static class SearchTexts
{
    /// <summary>More texts than this are not weighed: of words that stand everywhere, the newest texts are as good as any.</summary>
    const int MostWeighed = 1000;

    /// <summary>The best texts, one for each conversation, file or skill; scores are not set.</summary>
    public static List<SearchHit> Find(SqliteConnection connection, string match, int limit)
    {
        using var command = connection.CreateCommand();
        command.Parameters.AddWithValue("?1", match);
        command.Parameters.AddWithValue("?2", MostWeighed);
        command.CommandText = "SELECT COUNT(*) FROM (SELECT 1 FROM search_texts_fts WHERE search_texts_fts MATCH ?1 LIMIT ?2)";
        var isCommon = (long)command.ExecuteScalar()! == MostWeighed;

        command.CommandText =
            $"""
            SELECT t.kind, t.item, t.parent, MIN(hit.relevance), t.id
            FROM (
                SELECT rowid AS id, {(isCommon ? "-rowid" : "bm25(search_texts_fts)")} AS relevance FROM search_texts_fts
                WHERE search_texts_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?2
            ) AS hit
            JOIN search_texts t ON t.id = hit.id
            GROUP BY t.kind, COALESCE(t.parent, t.item) ORDER BY 4 LIMIT ?3
            """;
        command.Parameters.AddWithValue("?3", limit);
        var hits = new List<SearchHit>();
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            var (kind, item) = (rows.GetString(0), rows.GetString(1));
            hits.Add(kind == SearchKind.Message
                ? new(SearchKind.Task, rows.GetString(2), item, 0, rows.GetDouble(3), rows.GetInt64(4))
                : new(kind, item, item, 0, rows.GetDouble(3), rows.GetInt64(4)));
        }

        return hits;
    }
}
