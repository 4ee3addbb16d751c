using System.IO.Compression;
using System.Text.Json;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Backup;

/// <summary>Writes the user's data into one archive; a server may be running meanwhile.</summary>
sealed class BackupWriter(ServerOptions options, TimeProvider time)
{
    readonly List<string> _remarks = [];
    int _files;
    int _links;
    int _others;
    long _bytes;

    /// <exception cref="UsageException">There is nothing to back up, or the database cannot be read.</exception>
    public BackupReport Write(string target)
    {
        if (!File.Exists(options.DatabasePath))
            throw new UsageException($"There is no database at {options.DatabasePath}; nothing was backed up.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        // Beside the target, so that the finished archive only changes its name.
        var (archive, database) = (AtomicFile.TempBeside(target), AtomicFile.TempBeside(target));
        try
        {
            CopyDatabase(database);
            using (var file = AtomicFile.CreatePrivate(archive))
            {
                using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
                    WriteParts(zip, database, target);
                file.Flush(flushToDisk: true);
            }

            File.Move(archive, target, overwrite: true);
            return new(_files, _bytes, _remarks);
        }
        finally
        {
            File.Delete(archive);
            File.Delete(database);
        }
    }

    void CopyDatabase(string copy)
    {
        try
        {
            using var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = options.DatabasePath, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
            source.Open();
            DatabaseCopy.Write(source, copy);
            using var projects = source.CreateCommand();
            projects.CommandText = "SELECT name, path FROM projects";
            using var rows = projects.ExecuteReader();
            while (rows.Read())
                if (!SafePath.IsBelow(options.ProjectsRoot, rows.GetString(1)))
                    _remarks.Add($"The project {rows.GetString(0)} lies outside {options.ProjectsRoot}; its folder {rows.GetString(1)} is not in the backup.");
        }
        catch (SqliteException e)
        {
            throw new UsageException(DatabaseProblem.Explain(e, options.DatabasePath) ?? $"The database {options.DatabasePath} cannot be read.", e);
        }
    }

    void WriteParts(ZipArchive zip, string database, string target)
    {
        var manifest = new BackupManifest(BackupLayout.Format, ServerVersion.Text, time.GetUtcNow(), options.ProjectsRoot, options.FilesRoot);
        using (var entry = zip.CreateEntry(BackupLayout.Manifest).Open())
            JsonSerializer.Serialize(entry, manifest, BackupJson.Default.BackupManifest);
        Add(zip, new(database), BackupLayout.Database);
        if (File.Exists(options.MasterKeyPath))
            Add(zip, new(options.MasterKeyPath), BackupLayout.MasterKey);
        if (RegularFile.Exists(options.LegacyEnvFile))
            Add(zip, new(SafePath.FollowLinks(options.LegacyEnvFile)), BackupLayout.LegacyEnv);
        foreach (var (name, path) in BackupLayout.Folders(options))
            if (Directory.Exists(path))
                AddFolder(zip, new(path), name, target);
        if (Directory.Exists(options.UserPlugins) && Directory.EnumerateDirectories(options.UserPlugins).Any())
            _remarks.Add($"Plugins are programs and not in the backup; they lie in {options.UserPlugins}.");
        if (_links > 0)
            _remarks.Add($"{_links} links were left out; what they point to is not part of the data.");
        if (_others > 0)
            _remarks.Add($"{_others} pipes, sockets or devices were left out; they hold nothing.");
    }

    void AddFolder(ZipArchive zip, DirectoryInfo folder, string name, string target)
    {
        // An empty folder is data too: a project without files.
        zip.CreateEntry(name + "/");
        foreach (var item in folder.EnumerateFileSystemInfos())
        {
            if (item.LinkTarget is not null)
                _links++;
            else if (item is DirectoryInfo below && !BackupLayout.IsSkipped(below.Name))
                AddFolder(zip, below, $"{name}/{below.Name}", target);
            else if (item is FileInfo other && !RegularFile.Is(other.FullName, other.Length))
                _others++;
            else if (item is FileInfo file && file.FullName != target && !AtomicFile.IsUnfinished(file.Name))
                Add(zip, file, $"{name}/{file.Name}");
        }
    }

    void Add(ZipArchive zip, FileInfo file, string name)
    {
        FileStream source;
        try
        {
            source = new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _remarks.Add($"{file.FullName} could not be read and is not in the backup.");
            return;
        }

        using (source)
        {
            var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
            if (!OperatingSystem.IsWindows())
                entry.ExternalAttributes = (int)File.GetUnixFileMode(file.FullName) << 16;
            entry.LastWriteTime = Representable(file.LastWriteTime);
            using var into = entry.Open();
            source.CopyTo(into);
            _bytes += source.Position;
        }

        _files++;
    }

    /// <summary>Zip archives know no time before 1980 and none after 2107.</summary>
    static DateTimeOffset Representable(DateTime local) => new(local.Year is >= 1980 and <= 2107 ? local : new DateTime(1980, 1, 1, 0, 0, 0, DateTimeKind.Local));
}
