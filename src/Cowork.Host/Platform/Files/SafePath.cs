using System.Diagnostics.CodeAnalysis;

namespace Cowork.Host.Platform.Files;

/// <summary>
/// The one check for every path that somebody else chose: a client, a plugin, an archive or a model. The result, with all
/// links resolved, lies inside the root.
/// </summary>
static class SafePath
{
    static readonly HashSet<string> Devices = new(
        ["con", "prn", "aux", "nul", .. Enumerable.Range(1, 9).SelectMany(n => new[] { $"com{n}", $"lpt{n}" })], StringComparer.OrdinalIgnoreCase);

    /// <summary>Resolves a relative path below a root.</summary>
    /// <param name="root">Absolute path of the folder that must not be left.</param>
    /// <param name="path">With <c>/</c> or <c>\</c>; leading slashes are dropped. Need not exist.</param>
    /// <param name="full">The absolute path, links on the way not rewritten.</param>
    /// <returns>False for an empty path, a NUL, a way out, or a link that leads out.</returns>
    public static bool TryResolve(string root, string path, [NotNullWhen(true)] out string? full)
    {
        full = null;
        if (path.Contains('\0', StringComparison.Ordinal))
            return false;
        var relative = path.Replace('\\', '/').TrimStart('/');
        if (relative.Length == 0 || (OperatingSystem.IsWindows() && relative.Contains(':', StringComparison.Ordinal)))
            return false;
        var rootFull = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        var candidate = Path.GetFullPath(Path.Combine(rootFull, relative));
        if (!IsBelow(rootFull, candidate) || !IsBelow(FollowLinks(rootFull), FollowLinks(candidate)))
            return false;
        full = candidate;
        return true;
    }

    /// <summary>The last part of a name that a client sent, or null when nothing usable is left of it.</summary>
    public static string? BaseName(string? name)
    {
        if (name is null || name.Contains('\0', StringComparison.Ordinal))
            return null;
        var last = name.Replace('\\', '/').Split('/')[^1].Trim();
        return last is "" or "." or ".." ? null : last;
    }

    /// <summary>
    /// Whether a new file may be called so, wherever its folder goes one day: no control characters, no device of Windows, and no
    /// dot or space at the end, which Windows drops. Files that are there already may have any name.
    /// </summary>
    /// <param name="path">A name, or a relative path.</param>
    public static bool IsPortable(string path) =>
        !path.Any(char.IsControl) && path.Split('/', '\\').All(part => part is "" or "." or ".." || (part[^1] is not ('.' or ' ') && !IsDevice(part)));

    /// <summary>Whether Windows takes a name for one of its devices, with any extension.</summary>
    public static bool IsDevice(string name) => Devices.Contains(name.Split('.')[0].TrimEnd());

    /// <summary>Whether a path is a folder or lies below it; both absolute and normalised.</summary>
    public static bool IsBelow(string root, string path) =>
        path.StartsWith(root, PathComparison) && (path.Length == root.Length || path[root.Length] == Path.DirectorySeparatorChar || root.EndsWith(Path.DirectorySeparatorChar));

    /// <summary>Resolves every link on the way; parts that do not exist stay as they are.</summary>
    public static string FollowLinks(string full)
    {
        const int MostLinks = 40;
        var links = 0;
        var done = Path.GetPathRoot(full)!;
        var rest = new Stack<string>(full[done.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        while (rest.TryPop(out var part))
        {
            var next = Path.Combine(done, part);
            var target = links < MostLinks ? LinkTarget(next) : null;
            if (target is null)
            {
                done = next;
                continue;
            }

            links++;
            var absolute = Path.GetFullPath(target, done);
            done = Path.GetPathRoot(absolute)!;
            foreach (var step in absolute[done.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
                rest.Push(step);
        }

        return Path.TrimEndingDirectorySeparator(done);
    }

    static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static StringComparison PathComparison =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}
