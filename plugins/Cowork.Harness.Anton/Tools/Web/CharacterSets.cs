using System.Text;
using System.Text.RegularExpressions;
using Cowork.Harness.Anton.Tools.Files;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>Finds out in which characters a text of the web is written.</summary>
static partial class CharacterSets
{
    const int Declared = 1024;

    /// <summary>The text, or <c>null</c> when it is none.</summary>
    /// <param name="bytes">What was sent.</param>
    /// <param name="named">What the header says; may be <c>null</c>.</param>
    /// <param name="isPage">Whether a page may say it itself.</param>
    /// <param name="isWhole">Whether these are all bytes.</param>
    public static string? Decode(byte[] bytes, string? named, bool isPage, bool isWhole)
    {
        var declared = isPage ? Declaration().Match(Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, Declared))).Groups["name"].Value : "";
        return (Named(named) ?? Named(declared) ?? TextEncodings.Detect(bytes, isWhole))?.Decode(bytes);
    }

    static Encoding? Named(string? name)
    {
        try
        {
            return name?.Trim('"', '\'', ' ').ToLowerInvariant() switch
            {
                null or "" => null,
                // As browsers do: who says the one usually means the other.
                "iso-8859-1" or "latin1" or "us-ascii" => CodePagesEncodingProvider.Instance.GetEncoding("windows-1252"),
                // The page could be read so far, so it is not this.
                "utf-16" or "utf-16le" or "utf-16be" or "utf-7" => null,
                var other => CodePagesEncodingProvider.Instance.GetEncoding(other) ?? Encoding.GetEncoding(other),
            };
        }
        catch (ArgumentException)
        {
            // A name that nobody knows says nothing.
            return null;
        }
    }

    [GeneratedRegex("""<meta[^>]+charset\s*=\s*["']?(?<name>[\w\-:]+)""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();
}
