using System.Text;

namespace Cowork.Host.Features.Artifacts;

/// <summary>The name of an artifact's folder, made from its name for people.</summary>
static class ArtifactSlug
{
    const int Longest = 64;
    const string Fallback = "untitled-artifact";
    const string Edges = "-._";

    /// <summary>The slug that a name becomes. Names of other scripts lose their letters in it, so theirs end in the id.</summary>
    public static string Of(string name, string id)
    {
        var slug = new StringBuilder();
        foreach (var c in name.Trim().ToLowerInvariant())
        {
            var kept = char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-';
            if (kept != '-' || slug.Length == 0 || slug[^1] != '-')
                slug.Append(kept);
        }

        var isLossy = name.EnumerateRunes().Any(r => !r.IsAscii && Rune.IsLetterOrDigit(r));
        var room = isLossy ? Longest - id.Length - 1 : Longest;
        var trimmed = slug.ToString().Trim(Edges.ToCharArray());
        var cut = trimmed.Length > room ? trimmed[..room].TrimEnd(Edges.ToCharArray()) : trimmed;
        var stem = cut.Length == 0 ? Fallback : cut;
        return isLossy ? $"{stem}-{id}" : stem;
    }

    /// <summary>The slug itself, or with the first number that makes it free.</summary>
    public static string FirstFree(string slug, Func<string, bool> isTaken)
    {
        var free = slug;
        for (var number = 2; isTaken(free); number++)
            free = $"{slug}-{number}";
        return free;
    }
}
