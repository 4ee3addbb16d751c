using System.IO.Enumeration;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Features.ProjectFiles;

/// <summary>Lists a project's files; clients poll this while an agent writes, so it asks the system no more than once per file.</summary>
static class ProjectFileListing
{
    /// <summary>Secrets, and what agents keep there for themselves.</summary>
    static readonly string[] Hidden = [".anton/.env", ".anton/scratchpad-venvs", ".anton/explainability"];

    static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    /// <summary>All files in all folders, the instructions first, then by path. Links that lead out or nowhere are left out, linked folders not entered.</summary>
    public static IReadOnlyList<FileEntry> Of(string root)
    {
        var real = SafePath.FollowLinks(root);
        // The enumeration names paths below the root as it was given; without the separator at the end.
        var prefix = Path.TrimEndingDirectorySeparator(root).Length + 1;
        var found = new FileSystemEnumerable<FileEntry?>(root, (ref FileSystemEntry entry) => ToEntry(ref entry, real, prefix), Everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory || IsLink(ref entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(ref entry) && !IsHidden(RelativePath(ref entry, prefix)),
        };
        var instructions = ProjectFile.At(root, ProjectFile.InstructionsPath).ToEntry();
        return
        [
            instructions,
            .. found.OfType<FileEntry>().Where(e => e.Path != instructions.Path).OrderBy(e => e.Path, StringComparer.Ordinal),
        ];
    }

    static FileEntry? ToEntry(ref FileSystemEntry entry, string real, int prefix)
    {
        var path = RelativePath(ref entry, prefix);
        var name = entry.FileName.ToString();
        if (IsHidden(path) || AtomicFile.IsUnfinished(name))
            return null;
        if (!IsLink(ref entry))
            return !RegularFile.Is(entry.ToFullPath(), entry.Length) ? null : new(path, name, entry.Length, ProjectFile.UnixTime(entry.LastWriteTimeUtc.UtcDateTime));
        var target = new FileInfo(SafePath.FollowLinks(entry.ToFullPath()));
        return target.Exists && RegularFile.Is(target.FullName, target.Length) && SafePath.IsBelow(real, target.FullName) ? new(path, name, target.Length, ProjectFile.UnixTime(target.LastWriteTimeUtc)) : null;
    }

    static bool IsLink(ref FileSystemEntry entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    static bool IsHidden(string path) => Array.IndexOf(Hidden, path) >= 0;

    static string RelativePath(ref FileSystemEntry entry, int prefix)
    {
        var folder = entry.Directory;
        var path = folder.Length < prefix ? entry.FileName.ToString() : Path.Join(folder[prefix..], entry.FileName);
        return Path.DirectorySeparatorChar == '/' ? path : path.Replace(Path.DirectorySeparatorChar, '/');
    }
}
