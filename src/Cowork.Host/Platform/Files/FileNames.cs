using System.Text;

namespace Cowork.Host.Platform.Files;

/// <summary>Makes file names out of what clients send: a name only, never a path, and one that the disk takes.</summary>
static class FileNames
{
    public const int MaxLength = 255;
    const string Default = "upload";
    const int LongestExtension = 32;

    static readonly char[] InvalidOnDisk = Path.GetInvalidFileNameChars();

    /// <summary>The name to show and to give back: the base name without control characters, at most <see cref="MaxLength"/> code points.</summary>
    public static string Clean(string? sent)
    {
        var visible = string.Concat((sent ?? "").Where(c => !char.IsControl(c)));
        return SafePath.BaseName(visible) is { } name ? Shorten(name, "", _ => 1) : Default;
    }

    /// <summary>The name to store under: file systems count bytes, and some refuse characters and words.</summary>
    public static string ForDisk(string name)
    {
        var allowed = string.Concat(name.Select(c => Array.IndexOf(InvalidOnDisk, c) < 0 ? c : '_'));
        if (SafePath.IsDevice(allowed))
            allowed = $"_{allowed}";
        return Shorten(allowed.TrimEnd('.', ' ') is { Length: > 0 } kept ? kept : "_", "", rune => rune.Utf8SequenceLength);
    }

    /// <summary>The name with a number before its extension, for when it is taken: <c>report-2.pdf</c>.</summary>
    public static string Numbered(string name, int number) => Shorten(name, $"-{number}", rune => rune.Utf8SequenceLength);

    /// <summary>Cuts the stem so that stem, suffix and extension fit.</summary>
    static string Shorten(string name, string suffix, Func<Rune, int> weight)
    {
        var dot = name.LastIndexOf('.');
        // A leading dot hides a file and begins no extension; an endless "extension" is just a name with a dot.
        var ending = dot > 0 && name.Length - dot <= LongestExtension ? name[dot..] : "";
        var stem = name[..^ending.Length];
        ending = suffix + ending;
        var room = MaxLength - ending.EnumerateRunes().Sum(weight);
        var kept = new StringBuilder();
        foreach (var rune in stem.EnumerateRunes())
        {
            room -= weight(rune);
            if (room < 0)
                break;
            kept.Append(rune);
        }

        return kept.Append(ending).ToString();
    }
}
