using System.Text;

namespace Cowork.Host.Features.Conversations;

/// <summary>Titles of conversations; lengths count code points, so that no character is cut in half.</summary>
static class Titles
{
    public const string Untitled = "Untitled task";

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

    /// <summary>The length in code points.</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();
}
