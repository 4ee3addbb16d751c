using System.IO.Enumeration;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Features.Artifacts;

/// <summary>A file of an artifact that an agent or a user made.</summary>
/// <param name="Path">Below the artifact's folder, with slashes.</param>
sealed record ArtifactContent(string Path, long Size, DateTimeOffset ModifiedAt);

/// <summary>Where artifacts lie in a project, and which of their files are content. Links are never followed.</summary>
static class ArtifactLayout
{
    public const string Metadata = "metadata.json";
    public const string Readme = "README.md";
    const int MostFiles = 5000;
    const int Deepest = 16;

    /// <summary>What the host keeps in an artifact's folder for itself.</summary>
    static readonly HashSet<string> Housekeeping = new([Metadata, Readme, ".published.json", "backend.log"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Folders that tools fill by themselves.</summary>
    static readonly HashSet<string> Skipped = ["__pycache__", "node_modules", ".git"];

    public static string Folder(string projectPath) => Path.Combine(projectPath, ".anton", "artifacts");

    /// <summary>Whether the artifacts folder is there, and it and the folder above it are no links.</summary>
    public static bool IsUsable(string projectPath)
    {
        var folder = new DirectoryInfo(Folder(projectPath));
        return folder is { Exists: true, LinkTarget: null } && folder.Parent!.LinkTarget is null;
    }

    /// <summary>The folders below the artifacts folder, with metadata or without.</summary>
    public static IEnumerable<DirectoryInfo> Folders(string projectPath) =>
        IsUsable(projectPath) ? new DirectoryInfo(Folder(projectPath)).EnumerateDirectories("*", Options(recursive: false)) : [];

    /// <summary>The artifact of a slug that somebody named.</summary>
    /// <returns>Its folder; null when there is none.</returns>
    public static string? Find(string projectPath, string slug)
    {
        if (SafePath.BaseName(slug) != slug || slug.Contains('/', StringComparison.Ordinal) || !IsUsable(projectPath))
            return null;
        var folder = new DirectoryInfo(Path.Combine(Folder(projectPath), slug));
        return folder is { Exists: true, LinkTarget: null } ? folder.FullName : null;
    }

    /// <summary>The content of an artifact, newest first.</summary>
    public static IReadOnlyList<ArtifactContent> Content(string root) =>
        [.. Enumerate(root).Where(f => !Housekeeping.Contains(f.Path)).OrderByDescending(f => f.ModifiedAt).ThenBy(f => f.Path, StringComparer.Ordinal)];

    /// <summary>Whether a path below an artifact's folder can be its first file.</summary>
    /// <param name="clean">The path as it is written down.</param>
    public static bool IsContent(string root, string path, out string clean)
    {
        clean = SafePath.TryResolve(root, path, out var full) ? Path.GetRelativePath(root, full).Replace('\\', '/') : "";
        return clean is not ("" or ".") && !Housekeeping.Contains(clean);
    }

    /// <summary>The file to open first; null when there is none.</summary>
    public static string? Primary(string root, string named, IReadOnlyList<ArtifactContent> content)
    {
        if (named.Length > 0 && IsContent(root, named, out var clean) && RegularFile.Exists(Path.Combine(root, clean)))
            return clean;
        return (content.FirstOrDefault(f => Path.GetFileName(f.Path) == "index.html")
            ?? content.FirstOrDefault(f => f.Path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            ?? (content is [var newest, ..] ? newest : null))?.Path;
    }

    static IEnumerable<ArtifactContent> Enumerate(string root) =>
        new FileSystemEnumerable<ArtifactContent>(
            root,
            (ref FileSystemEntry e) => new(Path.GetRelativePath(root, e.ToFullPath()).Replace('\\', '/'), e.Length, e.LastWriteTimeUtc),
            Options(recursive: true))
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory && !AtomicFile.IsUnfinished(e.FileName.ToString()) && RegularFile.Is(e.ToFullPath(), e.Length),
            ShouldRecursePredicate = (ref FileSystemEntry e) => !Skipped.Contains(e.FileName.ToString()),
        }.Take(MostFiles);

    static EnumerationOptions Options(bool recursive) => new()
    {
        RecurseSubdirectories = recursive,
        MaxRecursionDepth = Deepest,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };
}
