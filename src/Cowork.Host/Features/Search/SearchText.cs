using System.Text;

namespace Cowork.Host.Features.Search;

/// <summary>How texts are compared: without case and accents, letters that are two as two, and without spaces between words where a script has none.</summary>
static class SearchText
{
    // Base letters of U+00C0..U+017F and U+1E00..U+1EFF. The server runs without ICU, so the runtime cannot take letters apart.
    const string Latin =
        "aaaaaaæceeeeiiiiðnooooo×ouuuuyþßaaaaaaæceeeeiiiiðnooooo÷ouuuuyþyaaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiĳĳjjkkĸllllllllllnnnnnnnŋŋooooooœœrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    const string LatinAdditional =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyasssßsaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyllvvyy";

    const char LastAscii = '\u007f';

    static readonly string[] Ligatures = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"];

    // A picture in the index: two characters for private use, which no text has side by side and the tokenizer takes for letters.
    const char PictureHigh = '\ue000';
    const char PictureLow = '\ue200';
    const int PictureBits = 12;

    /// <summary>Lower case without accents, letters that are two as two.</summary>
    public static string Fold(string text) => Fold(text, places: null);

    /// <param name="text">The text.</param>
    /// <param name="places">Gets, for each character of the result, its place in <paramref name="text"/>.</param>
    public static string Fold(string text, List<int>? places)
    {
        var folded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (IsAccent(text, i))
                continue;
            var c = Fold(text[i]);
            if (c > LastAscii && Apart(c) is { } letters)
            {
                folded.Append(letters);
                places?.AddRange(Enumerable.Repeat(i, letters.Length));
            }
            else
            {
                folded.Append(c);
                places?.Add(i);
            }
        }

        return folded.ToString();
    }

    /// <summary>What the index of texts is given, for a text as for a word that is looked for.</summary>
    public static string ForIndex(string text) => Separate(Ascii.IsValid(text) ? text : Fold(text));

    /// <summary>
    /// Makes a word of each character of a script that is written without spaces, so that any part of such a text is found, and one of
    /// each picture, which the tokenizer would leave out.
    /// </summary>
    static string Separate(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0e00', '\uffff'))
            return text;
        var separated = new StringBuilder(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsWithoutSpaces(rune.Value))
                separated.Append(' ').Append(rune.ToString()).Append(' ');
            else if (IsPicture(rune.Value))
                separated.Append(' ').Append((char)(PictureHigh + (rune.Value >> PictureBits))).Append((char)(PictureLow + (rune.Value & ((1 << PictureBits) - 1)))).Append(' ');
            else
                separated.Append(rune.ToString());
        }

        return separated.ToString();
    }

    /// <summary>Whether the index of texts knows anything of a word.</summary>
    public static bool IsInIndex(string word) => word.EnumerateRunes().Any(r => Rune.IsLetterOrDigit(r) || IsPicture(r.Value));

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

    /// <summary>
    /// Accents that stand alone, as in file names of macOS; and of pictures what says how they are coloured: the sign for that, and
    /// tones of skin, the second half of a pair and its first.
    /// </summary>
    static bool IsAccent(string text, int at) => text[at] > LastAscii && (text[at] is (>= '\u0300' and <= '\u036f') or '\ufe0e' or '\ufe0f'
        || (text[at] == '\ud83c' && at + 1 < text.Length && text[at + 1] is >= '\udffb' and <= '\udfff')
        || (text[at] is >= '\udffb' and <= '\udfff' && at > 0 && text[at - 1] == '\ud83c'));

    /// <summary>The letters of one that stands for several; null for all others.</summary>
    static string? Apart(char folded) => folded switch
    {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ĳ' => "ij",
        >= '\ufb00' and <= '\ufb06' => Ligatures[folded - '\ufb00'],
        _ => null,
    };

    static char Fold(char c) => c switch
    {
        < '\u00c0' => char.ToLowerInvariant(c),
        <= '\u017f' => Latin[c - '\u00c0'],
        >= '\u1e00' and <= '\u1eff' => LatinAdditional[c - '\u1e00'],
        // As wide as Chinese characters.
        >= '\uff01' and <= '\uff5e' => char.ToLowerInvariant((char)(c - '\uff01' + '!')),
        _ => char.ToLowerInvariant(c),
    };

    /// <summary>Pictures and what stands for them in older texts: clocks, weather, stars, hands, flags.</summary>
    static bool IsPicture(int rune) => rune is (>= 0x1F000 and <= 0x1FAFF) or (>= 0x2300 and <= 0x23FF) or (>= 0x2600 and <= 0x27BF) or (>= 0x2B00 and <= 0x2BFF);

    /// <summary>Thai, Lao, Myanmar, Khmer, kana and Han.</summary>
    static bool IsWithoutSpaces(int rune) => rune is
        (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x3040 and <= 0x30FF)
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
