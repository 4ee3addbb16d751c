using System.Text;

namespace Cowork.Host.Features.Search;

/// <summary>How texts are compared: without case and accents, and without spaces between words where a script has none.</summary>
static class SearchText
{
    // Base letters of U+00C0..U+017F and U+1E00..U+1EFF. The server runs without ICU, so the runtime cannot take letters apart.
    const string Latin =
        "aaaaaaæceeeeiiiiðnooooo×ouuuuyþßaaaaaaæceeeeiiiiðnooooo÷ouuuuyþyaaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiĳĳjjkkĸllllllllllnnnnnnnŋŋooooooœœrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    const string LatinAdditional =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyasssßsaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyllvvyy";

    /// <summary>Lower case without accents.</summary>
    public static string Fold(string text) => Fold(text, places: null);

    /// <param name="text">The text.</param>
    /// <param name="places">Gets, for each character of the result, its place in <paramref name="text"/>.</param>
    public static string Fold(string text, List<int>? places)
    {
        var folded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            // Accents that stand alone, as in file names of macOS.
            if (text[i] is >= '\u0300' and <= '\u036f')
                continue;
            folded.Append(Fold(text[i]));
            places?.Add(i);
        }

        return folded.ToString();
    }

    /// <summary>Makes a word of each character of a script that is written without spaces, so that any part of such a text is found.</summary>
    public static string Separate(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0e00', '\uffff'))
            return text;
        var separated = new StringBuilder(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsWithoutSpaces(rune.Value))
                separated.Append(' ').Append(rune.ToString()).Append(' ');
            else
                separated.Append(rune.ToString());
        }

        return separated.ToString();
    }

    /// <summary>How often a word occurs, overlaps not counted; both folded.</summary>
    public static int Count(ReadOnlySpan<char> text, ReadOnlySpan<char> word)
    {
        var count = 0;
        for (int at; (at = text.IndexOf(word)) >= 0; text = text[(at + word.Length)..])
            count++;
        return count;
    }

    /// <summary>A line of the text around the first word that was found, or null when none is in it.</summary>
    public static string? Snippet(string text, IReadOnlyList<string> foldedWords)
    {
        const int Before = 50;
        const int Length = 180;
        var places = new List<int>(text.Length);
        var folded = Fold(text, places);
        var first = foldedWords.Select(w => folded.IndexOf(w, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (first < 0)
            return null;
        var hit = places[first];
        var start = hit <= Before ? 0 : WordStart(text, hit - Before, hit);
        var end = Math.Min(text.Length, start + Length);
        if (end < text.Length && char.IsLowSurrogate(text[end]))
            end--;
        var line = string.Join(' ', text[start..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return $"{(start > 0 ? "…" : "")}{line}{(end < text.Length ? "…" : "")}";
    }

    static int WordStart(string text, int from, int to)
    {
        for (var i = from; i < to; i++)
            if (char.IsWhiteSpace(text[i]))
                return i + 1;
        return char.IsLowSurrogate(text[from]) ? from + 1 : from;
    }

    static char Fold(char c) => c switch
    {
        < '\u00c0' => char.ToLowerInvariant(c),
        <= '\u017f' => Latin[c - '\u00c0'],
        >= '\u1e00' and <= '\u1eff' => LatinAdditional[c - '\u1e00'],
        _ => char.ToLowerInvariant(c),
    };

    /// <summary>Thai, Lao, Myanmar, Khmer, kana and Han.</summary>
    static bool IsWithoutSpaces(int rune) => rune is
        (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x3040 and <= 0x30FF)
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
