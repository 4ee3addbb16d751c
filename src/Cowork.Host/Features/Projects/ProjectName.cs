using System.Text;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Features.Projects;

/// <summary>
/// A project's name is also its folder's name, on every system and in every URL. So any text is made into one rather than
/// refused.
/// </summary>
static class ProjectName
{
    const int Longest = 48;
    const string Fallback = "untitled-project";
    const string Edges = "-._";

    /// <summary>Names differ only if they differ for file systems that ignore case.</summary>
    public static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    /// <summary>The name that a text becomes.</summary>
    public static string From(string text)
    {
        var name = new StringBuilder();
        foreach (var c in text.AsSpan().Trim())
        {
            var kept = char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-';
            if (kept != '-' || name.Length == 0 || name[^1] != '-')
                name.Append(kept);
        }

        var trimmed = name.ToString().AsSpan().Trim(Edges);
        var cut = (trimmed.Length > Longest ? trimmed[..Longest].TrimEnd(Edges) : trimmed).ToString();
        return cut.Length == 0 ? Fallback : SafePath.IsDevice(cut) ? $"{cut}-x" : cut;
    }

    /// <summary>The name itself, or with the first number that makes it free.</summary>
    /// <param name="taken">Compares by <see cref="Comparer"/>.</param>
    public static string FirstFree(string name, IReadOnlySet<string> taken)
    {
        var free = name;
        for (var number = 2; taken.Contains(free); number++)
            free = $"{name}-{number}";
        return free;
    }
}
