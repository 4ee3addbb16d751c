using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Projects;

/// <summary>
/// The folders of projects on disk. Made, moved and set aside inside the database's write jobs: a rename is one quick call to
/// the system, and there nothing can come between folder and row.
/// </summary>
[FeatureService]
sealed partial class ProjectFolders(ServerOptions options, ILogger<ProjectFolders> log)
{
    /// <summary>No project's name begins with a dot, so this cannot be one.</summary>
    const string AsidePrefix = ".deleted-";

    public string PathOf(string name) => Path.Combine(options.ProjectsRoot, name);

    /// <summary>The names that are taken on disk, by projects or by what was left over.</summary>
    public IEnumerable<string> NamesOnDisk() =>
        Directory.Exists(options.ProjectsRoot) ? Directory.EnumerateFileSystemEntries(options.ProjectsRoot).Select(p => Path.GetFileName(p)) : [];

    /// <summary>
    /// Whether the folder is this project's alone, below the root. A row may point anywhere, and on disks that ignore case the
    /// reference let two projects share a folder; such folders are never moved or deleted.
    /// </summary>
    public bool Owns(string folder, IEnumerable<string> foldersOfOthers)
    {
        if (folder.Length == 0)
            return false;
        var real = Real(folder);
        return SafePath.IsBelow(Real(options.ProjectsRoot), real) && !SafePath.IsBelow(real, Real(options.ProjectsRoot))
            && new DirectoryInfo(folder).LinkTarget is null
            && !foldersOfOthers.Where(other => other.Length > 0).Select(Real).Any(other => SafePath.IsBelow(real, other) || SafePath.IsBelow(other, real));
    }

    public static void Create(string path) => Guarded("made", () => Directory.CreateDirectory(path));

    public static void Move(string from, string to) => Guarded("renamed", () => Directory.Move(from, to));

    /// <summary>Takes a folder out of sight, at once and whole.</summary>
    /// <returns>Where it is until <see cref="Delete"/>.</returns>
    public string SetAside(string path)
    {
        var aside = PathOf($"{AsidePrefix}{Path.GetRandomFileName()}");
        Guarded("deleted", () => Directory.Move(path, aside));
        return aside;
    }

    /// <summary>Deletes a folder that was set aside; what cannot be deleted is tried again at the next start.</summary>
    public void Delete(string aside)
    {
        try
        {
            Directory.Delete(aside, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            FolderLeft(log, e, aside);
        }
    }

    /// <summary>Deletes what an earlier process set aside and did not get to delete.</summary>
    public void DeleteLeftovers()
    {
        try
        {
            foreach (var aside in Directory.EnumerateDirectories(options.ProjectsRoot, $"{AsidePrefix}*"))
                Delete(aside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            FolderLeft(log, e, options.ProjectsRoot);
        }
    }

    static string Real(string path) => SafePath.FollowLinks(Path.GetFullPath(path));

    static void Guarded(string what, Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ApiException(
                StatusCodes.Status500InternalServerError,
                "project_folder_unusable",
                $"The project's folder could not be {what}, so nothing was changed. See that the projects folder can be written to, and close programs that use the folder.");
        }
    }

    [LoggerMessage(LogLevel.Warning, "A deleted project could not be removed wholly from {Path}")]
    static partial void FolderLeft(ILogger log, Exception e, string path);
}

/// <summary>Removes what a killed process left of deleted projects; in the background, because it may be much.</summary>
sealed class ProjectFoldersSweep(ProjectFolders folders) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(folders.DeleteLeftovers, stoppingToken);
}
