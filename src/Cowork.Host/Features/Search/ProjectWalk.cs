using System.IO.Enumeration;
using System.Text;
using Cowork.Host.Features.Artifacts;
using Cowork.Host.Features.ProjectFiles;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Features.Search;

/// <summary>A project's row, as far as its folder goes.</summary>
sealed record ProjectFolder(string Id, string Name, string Path);

/// <summary>One thing found on disk, and a stamp that differs once it has changed.</summary>
sealed record Found(string Kind, string Item, string Path, string Stamp, ProjectFolder Project);

/// <summary>Walks a project's folder within bounds; links are not followed.</summary>
static class ProjectWalk
{
    const int MostFiles = 5000;
    const int MostArtifacts = 500;
    const int Deepest = 16;
    const int LongestText = 128 * 1024;
    static readonly HashSet<string> Skipped = ["node_modules", "__pycache__", "venv"];

    public static IEnumerable<Found> Find(ProjectFolder project) =>
        Files(project).Take(MostFiles).Concat(Instructions(project)).Concat(Artifacts(project).Take(MostArtifacts));

    /// <summary>The beginnings of an artifact's text files; null when it has none.</summary>
    /// <param name="folder">The artifact's folder.</param>
    public static string? ReadArtifactText(string folder)
    {
        var all = new StringBuilder();
        foreach (var file in ArtifactLayout.Content(folder).OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            if (all.Length >= LongestText)
                break;
            if (ReadText(Path.Combine(folder, file.Path)) is { } text)
                all.AppendLine(text);
        }

        return all.Length == 0 ? null : all.ToString(0, Math.Min(all.Length, LongestText));
    }

    /// <summary>The text of a file, of a long one its beginning; null when it is none.</summary>
    public static string? ReadText(string path)
    {
        try
        {
            if (!RegularFile.Exists(path))
                return null;
            using var file = File.OpenRead(path);
            if (file.Length == 0)
                return null;
            var bytes = new byte[Math.Min(file.Length, LongestText)];
            var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = bytes.AsSpan(0, read);
            // A picture or an archive says so early; a character cut in half at the end says nothing.
            return text.Contains((byte)0) || !Ends(text) ? null : Encoding.UTF8.GetString(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static bool Ends(ReadOnlySpan<byte> text)
    {
        const int LongestCharacter = 4;
        for (var cut = 0; cut < LongestCharacter && cut < text.Length; cut++)
            if (System.Text.Unicode.Utf8.IsValid(text[..^cut]))
                return true;
        return false;
    }

    static IEnumerable<Found> Files(ProjectFolder project)
    {
        var root = project.Path;
        return Enumerate(root, (ref FileSystemEntry e) => (Path: e.ToFullPath(), e.Length, Changed: e.LastWriteTimeUtc.UtcTicks), Options)
            .Select(f => new Found(SearchKind.File, $"{project.Id}/{Path.GetRelativePath(root, f.Path).Replace('\\', '/')}", f.Path, $"{f.Changed}:{f.Length}", project));
    }

    /// <summary>The one file in a hidden folder that people write.</summary>
    static IEnumerable<Found> Instructions(ProjectFolder project)
    {
        var file = new FileInfo(Path.Combine(project.Path, ProjectFile.InstructionsPath));
        return file is { Exists: true, LinkTarget: null } && RegularFile.Is(file.FullName, file.Length)
            ? [new(SearchKind.File, $"{project.Id}/{ProjectFile.InstructionsPath}", file.FullName, $"{file.LastWriteTimeUtc.Ticks}:{file.Length}", project)]
            : [];
    }

    static IEnumerable<Found> Artifacts(ProjectFolder project) =>
        ArtifactLayout.Folders(project.Path)
            .Select(d => (d.Name, File: new FileInfo(Path.Combine(d.FullName, ArtifactLayout.Metadata))))
            .Where(a => RegularFile.Exists(a.File.FullName))
            // The host writes the metadata anew whenever a turn changes a file. The project's name is part of what is searched.
            .Select(a => new Found(SearchKind.Artifact, $"{project.Id}/{a.Name}", a.File.DirectoryName!, $"text:{a.File.LastWriteTimeUtc.Ticks}:{a.File.Length}:{project.Name}", project));

    static FileSystemEnumerable<T> Enumerate<T>(string root, FileSystemEnumerable<T>.FindTransform transform, EnumerationOptions options) =>
        new(root, transform, options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory && !IsHidden(ref e) && RegularFile.Is(e.ToFullPath(), e.Length),
            ShouldRecursePredicate = (ref FileSystemEntry e) => !IsHidden(ref e) && !Skipped.Contains(e.FileName.ToString()),
        };

    static bool IsHidden(ref FileSystemEntry entry) => entry.FileName is ['.', ..];

    static EnumerationOptions Options => new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = Deepest,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };
}
