using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.ProjectFiles;

/// <summary>
/// Removes what a killed process left of files that it was writing: in the projects and among the uploads. Only what bears the
/// name of such a file is touched, and folders of uploads that are empty then.
/// </summary>
sealed partial class UnfinishedFilesSweep(ProjectsService projects, ServerOptions options, TimeProvider time, ILogger<UnfinishedFilesSweep> log) : BackgroundService
{
    static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = time.GetUtcNow();
        return Task.Run(() => Sweep(started, stoppingToken), CancellationToken.None);
    }

    void Sweep(DateTimeOffset started, CancellationToken ct)
    {
        foreach (var folder in projects.Folders().Append(options.FilesRoot).Where(Directory.Exists))
        {
            try
            {
                foreach (var path in Directory.EnumerateFiles(folder, "*.tmp", Everything))
                {
                    if (ct.IsCancellationRequested)
                        return;
                    if (AtomicFile.IsUnfinished(Path.GetFileName(path)) && File.GetLastWriteTimeUtc(path) < started.UtcDateTime)
                        Remove(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                FileLeft(log, e, folder);
            }
        }
    }

    void Remove(string path)
    {
        File.Delete(path);
        FileRemoved(log, path);
        var folder = Path.GetDirectoryName(path)!;
        if (Path.GetDirectoryName(folder) == options.FilesRoot && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    [LoggerMessage(LogLevel.Information, "{Path}, left by a process that ended while it wrote, was removed")]
    static partial void FileRemoved(ILogger log, string path);

    [LoggerMessage(LogLevel.Warning, "Files that were never finished may be left in {Folder}")]
    static partial void FileLeft(ILogger log, Exception e, string folder);
}
