using System.CommandLine;
using System.Globalization;
using Cowork.Host.Platform.Backup;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server backup</c> and <c>cowork-server restore</c>.</summary>
static class BackupCommands
{
    public static Command CreateBackup()
    {
        var (file, force) = (File("Where to write the archive (zip)."), Force("Replace a file that is there."));
        var command = new Command("backup", "Write all data into one file: database, key, projects, uploads, memory. A server may be running.") { file, force };
        command.SetAction((parsed, _) => Task.FromResult(Run(() =>
        {
            var target = Path.GetFullPath(parsed.GetValue(file)!);
            if (Directory.Exists(target) || (Path.Exists(target) && !parsed.GetValue(force)))
                throw new UsageException($"{target} is there already. Choose another name, or add --force to replace the file.");
            Report($"Backed up to {target}", new BackupWriter(ServeCommand.ReadOptions(), TimeProvider.System).Write(target));
        })));
        return command;
    }

    public static Command CreateRestore()
    {
        var (file, force) = (File("The archive."), Force("Put the backup in the place of data that is there; that is kept beside it."));
        var command = new Command("restore", "Put the data of a backup in place. No server may be running.") { file, force };
        command.SetAction(async (parsed, ct) =>
        {
            var options = ServeCommand.ReadOptions();
            using var dataLock = new DataLock(options, TimeProvider.System);
            await dataLock.TakeAsync(ct);
            var source = Path.GetFullPath(parsed.GetValue(file)!);
            return Run(() => Report($"Restored from {source}", new BackupRestorer(options, TimeProvider.System).Restore(source, parsed.GetValue(force))));
        });
        return command;
    }

    static Argument<string> File(string description) => new("file") { Description = description };

    static Option<bool> Force(string description) => new("--force") { Description = description };

    static int Run(Action work)
    {
        try
        {
            work();
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{e.Message} Nothing was changed.");
            return CommandLine.Failed;
        }
    }

    static void Report(string done, BackupReport report)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done}: {report.Files} files, {report.Bytes / 1048576.0:0.0} MiB."));
        foreach (var remark in report.Remarks)
            Console.WriteLine(remark);
    }
}
