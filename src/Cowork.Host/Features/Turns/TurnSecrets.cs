using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>The values that nobody may find in what a turn says, plain and as JSON writes them. Immutable.</summary>
sealed class TurnSecrets
{
    public const string Mask = "***";

    public static readonly TurnSecrets None = new([]);

    // Longest first: one may begin with another.
    readonly string[] _values;
    readonly SearchValues<string>? _search;

    TurnSecrets(IEnumerable<string> values)
    {
        _values = [.. values.SelectMany(Spellings).Distinct().OrderByDescending(v => v.Length)];
        _search = _values.Length == 0 ? null : SearchValues.Create(_values, StringComparison.Ordinal);
    }

    public bool IsEmpty => _search is null;

    /// <summary>Length of the longest value in characters; 0 for none.</summary>
    public int Longest => _values.Length == 0 ? 0 : _values[0].Length;

    /// <param name="secrets">Those that could be any word are left out.</param>
    public static TurnSecrets Of(IEnumerable<Secret> secrets) => new(secrets.Where(s => s.IsDistinctive).Select(s => s.Reveal()));

    /// <summary>The text with its secrets masked; the same instance when there are none in it.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public string? Clean(string? text)
    {
        if (text is null || _search is null || text.AsSpan().IndexOfAny(_search) < 0)
            return text;
        foreach (var value in _values)
            text = text.Replace(value, Mask, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The first secret in a text.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryFind(ReadOnlySpan<char> text, out int index, out int length)
    {
        (index, length) = (_search is null ? -1 : text.IndexOfAny(_search), 0);
        if (index < 0)
            return false;
        foreach (var value in _values)
            if (text[index..].StartsWith(value, StringComparison.Ordinal))
            {
                length = value.Length;
                return true;
            }

        return false;
    }

    /// <summary>How many characters at the end of a text may be the beginning of a secret.</summary>
    public int BegunAtEnd(ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var value in _values)
        {
            var start = Math.Max(text.Length - value.Length + 1, 0);
            for (int next; text.Length - start > longest && (next = text[start..].IndexOf(value[0])) >= 0; start++)
            {
                start += next;
                if (value.AsSpan().StartsWith(text[start..], StringComparison.Ordinal))
                    longest = Math.Max(longest, text.Length - start);
            }
        }

        return longest;
    }

    static IEnumerable<string> Spellings(string value) =>
        [value, .. new JavaScriptEncoder[] { AsciiJson.Encoder, JavaScriptEncoder.Default, JavaScriptEncoder.UnsafeRelaxedJsonEscaping }.Select(e => JsonEncodedText.Encode(value, e).ToString())];
}
