using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.ProjectFiles;

/// <summary>A place in a project's folder that somebody named; checked to lie inside it, but not to exist.</summary>
sealed class ProjectFile
{
    public const string InstructionsPath = ".anton/anton.md";

    ProjectFile(string path, string fullPath) => (Path, FullPath) = (path, fullPath);

    /// <summary>Relative to the project, with <c>/</c>.</summary>
    public string Path { get; }
    public string FullPath { get; }
    public string Name => System.IO.Path.GetFileName(FullPath);

    /// <summary>The instructions are always offered, also before anybody has written them.</summary>
    public bool IsInstructions => Path == InstructionsPath;

    /// <exception cref="ApiException">400: the path is empty or leads out of the folder.</exception>
    public static ProjectFile At(string root, string path)
    {
        if (!SafePath.TryResolve(root, path, out var full))
            throw ApiException.BadRequest("invalid_path", "The path must name a file inside the project.");
        full = System.IO.Path.TrimEndingDirectorySeparator(full);
        var relative = System.IO.Path.GetRelativePath(root, full).Replace('\\', '/');
        return relative == "."
            ? throw ApiException.BadRequest("invalid_path", "The path must name a file inside the project.")
            : new(relative, full);
    }

    /// <returns>The file itself where the path is a link; null when there is none, or something that cannot be read to an end.</returns>
    /// <exception cref="ApiException">400: it is a folder.</exception>
    public FileInfo? Find()
    {
        if (Directory.Exists(FullPath))
            throw ApiException.BadRequest("is_a_folder", $"'{Path}' is a folder. Name a file in it.");
        var file = new FileInfo(SafePath.FollowLinks(FullPath));
        return file.Exists && RegularFile.Is(file.FullName, file.Length) ? file : null;
    }

    /// <exception cref="ApiException">404: there is no such file; 400: it is a folder.</exception>
    public FileInfo Existing() => Find() ?? throw ApiException.NotFound("file_not_found", $"There is no file '{Path}' in this project.");

    public FileEntry ToEntry() =>
        Find() is { } file ? new(Path, Name, file.Length, UnixTime(file.LastWriteTimeUtc)) : new(Path, Name, 0, null, Synthetic: true);

    public static double UnixTime(DateTime utc) => (utc - DateTime.UnixEpoch).TotalSeconds;
}
