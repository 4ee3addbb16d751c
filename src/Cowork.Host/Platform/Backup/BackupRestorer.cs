using System.Globalization;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Backup;

/// <summary>Puts the data of a backup in the place of what is there. The old data is kept beside it; a failure changes nothing.</summary>
sealed class BackupRestorer(ServerOptions options, TimeProvider time)
{
    static readonly string[] DatabaseFiles = ["", "-wal", "-shm", "-journal"];
    readonly string _stamp = time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);

    /// <exception cref="UsageException">The backup cannot be used, a server uses the data, or there is data and nobody said to replace it.</exception>
    public BackupReport Restore(string path, bool force)
    {
        using var archive = BackupArchive.Open(path, options);
        if (!force && File.Exists(options.DatabasePath))
            throw new UsageException($"There is data at {options.DatabasePath} already. To put the backup in its place, add --force; the old data is then kept beside it.");
        RefuseNestedFolders();
        Directory.CreateDirectory(options.DataRoot);
        if (new DriveInfo(options.DataRoot).AvailableFreeSpace < archive.TotalBytes)
            throw new UsageException($"The backup needs {archive.TotalBytes >> 20} MiB, more than is free at {options.DataRoot}.");
        ReleaseDatabase();

        var parts = Parts();
        if (archive.Holds(BackupLayout.LegacyEnv))
            parts.Add(options.LegacyEnvFile);
        try
        {
            var files = Unpack(archive);
            CheckDatabase(Staged(options.DatabasePath), archive.Manifest);
            var replaced = Swap(parts);
            return new(files, archive.TotalBytes, replaced ? [$"The data from before is kept beside the new, with names that end in .before-restore-{_stamp}."] : []);
        }
        catch (InvalidDataException e)
        {
            throw new UsageException($"{path} is damaged: {e.Message} Nothing was restored.", e);
        }
        finally
        {
            foreach (var part in parts)
                Remove(Staged(part));
        }
    }

    /// <summary>Everything that must be of one time. Streams belong to the turns of the database that goes.</summary>
    List<string> Parts() =>
    [
        .. DatabaseFiles.Select(suffix => options.DatabasePath + suffix), options.MasterKeyPath,
        .. BackupLayout.Folders(options).Select(f => f.Path), options.StreamsRoot,
    ];

    string Staged(string path) => $"{path}.restoring-{_stamp}";

    string Kept(string path) => $"{path}.before-restore-{_stamp}";

    /// <summary>Folders are put in place one by one, so none may be a part of another.</summary>
    void RefuseNestedFolders()
    {
        var folders = BackupLayout.Folders(options);
        foreach (var inner in folders)
            if (folders.FirstOrDefault(f => f != inner && SafePath.IsBelow(f.Path, inner.Path)) is { Path: { } outer })
                throw new UsageException($"{inner.Path} lies inside {outer}. Give each its own folder, then restore.");
    }

    /// <summary>Sees that nobody has the database open, and folds its log into it.</summary>
    void ReleaseDatabase()
    {
        if (!File.Exists(options.DatabasePath))
            return;
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = options.DatabasePath, Pooling = false, DefaultTimeout = 1 }.ToString());
            connection.Open();
            Schema.Execute(connection, "PRAGMA journal_mode = DELETE");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is DatabaseProblem.Busy or DatabaseProblem.Locked)
        {
            throw new UsageException(DatabaseProblem.Explain(e, options.DatabasePath)!, e);
        }
        catch (SqliteException)
        {
            // It is damaged: a good reason to restore. Its files are kept as they are.
        }
    }

    int Unpack(BackupArchive archive)
    {
        foreach (var file in new[] { options.DatabasePath, options.MasterKeyPath })
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        archive.TryExtract(BackupLayout.Database, Staged(options.DatabasePath));
        var files = archive.TryExtract(BackupLayout.MasterKey, Staged(options.MasterKeyPath)) ? 2 : 1;
        if (archive.Holds(BackupLayout.LegacyEnv))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(options.LegacyEnvFile)!);
            archive.TryExtract(BackupLayout.LegacyEnv, Staged(options.LegacyEnvFile));
            files++;
        }

        return files + BackupLayout.Folders(options).Sum(f => archive.ExtractFolder(f.Name, Staged(f.Path)));
    }

    /// <summary>The database must be whole, and name the folders of this machine.</summary>
    void CheckDatabase(string path, BackupManifest manifest)
    {
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            using var check = connection.CreateCommand();
            check.CommandText = "PRAGMA quick_check(1)";
            if (check.ExecuteScalar() as string != "ok" || ReferenceDatabase.Examine(connection, path) == DatabaseKind.Empty)
                throw new InvalidDataException("its database is not whole.");
            Move(connection, "projects", manifest.ProjectsRoot, options.ProjectsRoot);
            Move(connection, "files", manifest.FilesRoot, options.FilesRoot);
        }
        catch (SqliteException e)
        {
            throw new InvalidDataException("its database is not whole.", e);
        }
    }

    static void Move(SqliteConnection connection, string table, string from, string to)
    {
        if (from == to)
            return;
        using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE {table} SET path = $to || replace(substr(path, length($from) + 1), '\\', '/') WHERE substr(path, 1, length($from) + 1) IN ($from || '/', $from || '\\')";
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        command.ExecuteNonQuery();
    }

    /// <returns>Whether there was anything before.</returns>
    bool Swap(List<string> parts)
    {
        var done = new Stack<(string From, string To)>();
        try
        {
            foreach (var part in parts.Where(Path.Exists))
                Rename(part, Kept(part), done);
            var replaced = done.Count > 0;
            foreach (var part in parts.Where(p => Path.Exists(Staged(p))))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(part)!);
                Rename(Staged(part), part, done);
            }

            return replaced;
        }
        catch
        {
            while (done.TryPop(out var step))
                Directory.Move(step.To, step.From);
            throw;
        }
    }

    static void Rename(string from, string to, Stack<(string, string)> done)
    {
        // Files, too, in spite of its name.
        Directory.Move(from, to);
        done.Push((from, to));
    }

    static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else if (File.Exists(path))
            File.Delete(path);
    }
}
