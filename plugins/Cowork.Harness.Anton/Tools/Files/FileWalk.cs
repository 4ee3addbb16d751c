namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Walks through folders in the order of names. Follows no links and leaves out what nobody looks for.</summary>
static class FileWalk
{
    static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase) { ".git", ".hg", ".svn", "node_modules", ".venv", "__pycache__" };
    static readonly EnumerationOptions Everything = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };

    /// <param name="root">The folder; itself never left out.</param>
    /// <param name="place">Where the root is, see <see cref="ProjectFiles.Place"/>.</param>
    /// <param name="isRecursive">Whether folders below are entered.</param>
    /// <param name="ct">Stops the walk.</param>
    /// <returns>Files and folders, each folder before what is in it.</returns>
    public static IEnumerable<FileSystemInfo> Below(DirectoryInfo root, string place, bool isRecursive, CancellationToken ct)
    {
        var pending = new Stack<FileSystemInfo>(Entries(root));
        while (pending.TryPop(out var entry))
        {
            ct.ThrowIfCancellationRequested();
            if (ProjectFiles.IsPrivate(Path.Combine(place, Path.GetRelativePath(root.FullName, entry.FullName))))
                continue;
            yield return entry;
            if (!isRecursive || entry is not DirectoryInfo folder || IsLink(entry) || Skipped.Contains(entry.Name))
                continue;
            foreach (var below in Entries(folder))
                pending.Push(below);
        }
    }

    public static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    static IEnumerable<FileSystemInfo> Entries(DirectoryInfo folder) =>
        folder.EnumerateFileSystemInfos("*", Everything).OrderByDescending(entry => entry.Name, StringComparer.Ordinal);
}
