using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Search;

/// <summary>Finds what holds the words of a query, best first.</summary>
/// <remarks>
/// Names count as the reference counted them: ten points for each word that occurs, one for each occurrence. Texts get eight
/// points for each word and up to two by relevance (bm25): a title beats a message with as many of the words, a message with more
/// of them beats a title.
/// </remarks>
[FeatureService]
sealed class SearchService(Database database, SearchQueue queue, ProjectScan scan, TimeProvider time)
{
    const int PerWord = 8;
    const int MostResults = 200;
    const int MostForRelevance = 2;

    /// <summary>How long a search waits for what was just written; the usual wait is a millisecond or two.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How long it waits for what may take much longer: a history that is indexed for the first time, and folders.</summary>
    static readonly TimeSpan LittlePatience = TimeSpan.FromMilliseconds(50);

    /// <exception cref="ApiException">404: the result to go on after is found no more.</exception>
    public async Task<Slice<SearchResult>> SearchAsync(string? text, Page page)
    {
        var query = SearchQuery.Parse(text);
        if (query.Words.Count == 0 || page.Limit == 0)
            return new([], false);
        await CatchUpAsync();

        // One more than is shown tells whether there are more; where a later page begins, only the whole list tells.
        var most = page.After is null && page.Limit < MostResults ? page.Limit.Value + 1 : MostResults;
        return page.Cut(database.Query(statements => Find(statements, query, most)), r => $"{r.Type}/{r.Id}");
    }

    static IReadOnlyList<SearchResult> Find(PreparedStatements statements, SearchQuery query, int limit)
    {
        var found = Merge(SearchNames.Find(statements, query), FindTexts(statements, query, limit));
        var results = new List<SearchResult>();
        // One round of rows for what is shown; what was deleted since it was indexed is skipped.
        foreach (var hit in found.OrderByDescending(h => h.Score).ThenBy(h => h.Relevance).ThenBy(h => KindOrder(h.Kind)).ThenByDescending(h => h.Order))
        {
            if (results.Count == limit)
                break;
            if (SearchDetails.Show(statements, query, hit) is { } result)
                results.Add(result);
        }

        return results;
    }

    async Task CatchUpAsync()
    {
        var (indexing, scanning) = (IndexAsync(), scan.EnsureFresh());
        await WaitAsync(indexing, queue.IsLong ? LittlePatience : Patience);
        await WaitAsync(scanning, LittlePatience);
    }

    Task WaitAsync(Task work, TimeSpan patience) => work.IsCompleted ? work : Task.WhenAny(work, Task.Delay(patience, time));

    async Task IndexAsync()
    {
        // A run that was going on may have looked before the latest change; one that begins now has not.
        await queue.CatchUp();
        await queue.CatchUp();
    }

    /// <summary>All words first, then the last one unfinished, then any of them: each only where the one before finds too little.</summary>
    static List<SearchHit> FindTexts(PreparedStatements statements, SearchQuery query, int limit)
    {
        var hits = new List<SearchHit>();
        void Add(string? match)
        {
            if (match is not null && hits.Count < limit)
                hits.AddRange(SearchTexts.Find(statements, match, limit).ExceptBy(hits.Select(h => h.Key), h => h.Key));
        }

        Add(query.ForTexts(all: true, unfinished: false));
        Add(query.ForTexts(all: true, unfinished: true));
        var complete = hits.Count;
        if (query.Words.Count > 1)
            Add(query.ForTexts(all: false, unfinished: true));

        var best = hits.Select(h => h.Relevance).DefaultIfEmpty().Min();
        for (var i = 0; i < hits.Count; i++)
        {
            var words = i < complete ? query.Words.Count : Math.Max(1, SearchDetails.WordsIn(statements, query, hits[i]));
            hits[i] = hits[i] with { Score = words * PerWord + (best < 0 ? (int)Math.Round(MostForRelevance * hits[i].Relevance / best) : 0) };
        }

        return hits;
    }

    /// <summary>What was found by name and by text is one result: the better score, and the text's place.</summary>
    static IEnumerable<SearchHit> Merge(List<SearchHit> names, List<SearchHit> texts)
    {
        var byKey = names.ToDictionary(h => h.Key);
        foreach (var text in texts)
            byKey[text.Key] = byKey.TryGetValue(text.Key, out var name) ? text with { Score = Math.Max(text.Score, name.Score) } : text;
        return byKey.Values;
    }

    static int KindOrder(string kind) => kind switch
    {
        SearchKind.Task => 0,
        SearchKind.Project => 1,
        SearchKind.Artifact => 2,
        SearchKind.Schedule => 3,
        SearchKind.Pin => 4,
        SearchKind.Skill => 5,
        _ => 6,
    };
}

/// <summary>One candidate: what it is, and how good.</summary>
/// <param name="Kind">What it is shown as.</param>
/// <param name="Item">Its id there.</param>
/// <param name="Text">Where the words stand: a message's id or the item's own, null when only its name was found.</param>
/// <param name="Score">The points.</param>
/// <param name="Relevance">bm25: the more negative, the better; 0 for names.</param>
/// <param name="Order">Rises with the age of the index entry's making: the newest is largest.</param>
sealed record SearchHit(string Kind, string Item, string? Text, int Score, double Relevance, long Order)
{
    public (string, string) Key => (Kind, Item);
}
