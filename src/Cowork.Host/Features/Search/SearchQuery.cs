namespace Cowork.Host.Features.Search;

/// <summary>What a user typed, as words. Every word is quoted before it reaches the index: it is text, never syntax.</summary>
sealed record SearchQuery(IReadOnlyList<string> Words)
{
    const int MostWords = 12;
    const int MostCharacters = 400;
    const int Trigram = 3;

    /// <summary>Splits at white space; more words than anybody types are left out.</summary>
    public static SearchQuery Parse(string? text)
    {
        var cut = (text ?? "").Replace('\0', ' ');
        if (cut.Length > MostCharacters)
            cut = cut[..MostCharacters];
        return new([.. SearchText.Fold(cut).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct().Take(MostWords)]);
    }

    /// <summary>For the index of names: any of the words, anywhere. Null when a word is too short for that index.</summary>
    public string? ForNames => Words.All(w => w.EnumerateRunes().Count() >= Trigram) ? string.Join(" OR ", Words.Select(Quote)) : null;

    /// <summary>For the index of texts. Null without a letter, a digit or a picture.</summary>
    /// <param name="all">Whether all words must stand there, or any of them.</param>
    /// <param name="unfinished">Whether the last word may be the beginning of one.</param>
    public string? ForTexts(bool all, bool unfinished)
    {
        var terms = new List<string>();
        for (var i = 0; i < Words.Count; i++)
        {
            if (!SearchText.IsInIndex(Words[i]))
                continue;
            var isUnfinished = unfinished && i == Words.Count - 1 && Words[i].Length > 1;
            terms.Add(Quote(SearchText.ForIndex(Words[i])) + (isUnfinished ? " *" : ""));
        }

        return terms.Count == 0 ? null : string.Join(all ? " AND " : " OR ", terms);
    }

    /// <summary>Ten points for each word that occurs and one for each occurrence.</summary>
    public int Score(ReadOnlySpan<char> folded)
    {
        const int PerWord = 10;
        var score = 0;
        foreach (var word in Words)
            if (SearchText.Count(folded, word) is var count and > 0)
                score += PerWord + count;
        return score;
    }

    static string Quote(string word) => $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
