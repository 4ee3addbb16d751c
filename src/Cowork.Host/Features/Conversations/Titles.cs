using System.Text;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>Titles of conversations; lengths count code points, so that no character is cut in half.</summary>
static class Titles
{
    public const string Untitled = "Untitled task";
    const int Longest = 255;
    const string CopySuffix = " (copy)";

    /// <summary>The beginning of a text; null when it is blank.</summary>
    public static string? Cut(string text, int length)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var cut = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Take(length))
            cut.Append(rune.ToString());
        return cut.ToString();
    }

    /// <exception cref="ApiException">422: the title is longer than the reference's column.</exception>
    public static string Check(string title) => TextField.Limited("title", title, Longest);

    /// <summary>The title of a copy.</summary>
    public static string OfCopy(string title) => (Cut(title, Longest - CopySuffix.Length) ?? Untitled) + CopySuffix;
}
