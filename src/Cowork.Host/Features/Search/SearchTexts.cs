using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Search;

/// <summary>Looks words up in the texts.</summary>
static class SearchTexts
{
    /// <summary>More texts than this are not weighed: of words that stand everywhere, the newest texts are as good as any.</summary>
    const int MostWeighed = 1000;

    /// <summary>The best texts, one for each conversation, file or skill; scores are not set.</summary>
    public static List<SearchHit> Find(PreparedStatements database, string match, int limit)
    {
        var isCommon = (long)database.Scalar("SELECT COUNT(*) FROM (SELECT 1 FROM search_texts_fts WHERE search_texts_fts MATCH ?1 LIMIT ?2)", match, MostWeighed)! == MostWeighed;
        return database.List(ToHit, isCommon ? Newest : Best, match, MostWeighed, limit);
    }

    static SearchHit ToHit(SqliteDataReader row)
    {
        var (kind, item) = (row.GetString(0), row.GetString(1));
        return kind == SearchKind.Message
            ? new(SearchKind.Task, row.GetString(2), item, 0, row.GetDouble(3), row.GetInt64(4))
            : new(kind, item, item, 0, row.GetDouble(3), row.GetInt64(4));
    }

    static readonly string Best = Query("bm25(search_texts_fts)");
    static readonly string Newest = Query("-rowid");

    /// <summary>SQLite takes the other columns from the row that has the minimum.</summary>
    static string Query(string relevance) =>
        $"""
        SELECT t.kind, t.item, t.parent, MIN(hit.relevance), t.id
        FROM (
            SELECT rowid AS id, {relevance} AS relevance FROM search_texts_fts
            WHERE search_texts_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?2
        ) AS hit
        JOIN search_texts t ON t.id = hit.id
        GROUP BY t.kind, COALESCE(t.parent, t.item) ORDER BY 4 LIMIT ?3
        """;
}
