using Coravel.Scheduling.Schedule.Interfaces;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// Tidies the streams folder in the background: logs that no turn knows and that a crash of another server left open get their
/// end, old ones go. Runs in the background after the start and once a day.
/// </summary>
sealed partial class TurnLogSweep(TurnLogs logs, ServerOptions options, TimeProvider time, ILogger<TurnLogSweep> log) : IRecurringWork
{
    public IScheduledEventConfiguration When(IScheduleInterval interval) => interval.DailyAtHour(4);

    public Task RunAsync(CancellationToken ct)
    {
        if (Directory.Exists(options.StreamsRoot))
            Sweep(ct);
        return Task.CompletedTask;
    }

    void Sweep(CancellationToken ct)
    {
        foreach (var folder in Directory.EnumerateDirectories(options.StreamsRoot))
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                SweepFolder(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                FolderNotSwept(log, e, folder);
            }
        }
    }

    void SweepFolder(string folder)
    {
        var oldest = time.GetUtcNow() - options.KeepStreams;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("turn_*.jsonl"))
        {
            if (logs.IsOpen(file))
                continue;
            if (file.LastWriteTimeUtc < oldest.UtcDateTime)
                file.Delete();
            else if (TurnLogFile.CountIfClosed(file.FullName) is null)
                TurnLogFile.Close(file.FullName, TurnLogFile.Records(file.FullName).Count(), lastFrame: null, TurnLogEnd.Killed, time.GetUtcNow());
        }

        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    [LoggerMessage(LogLevel.Warning, "The folder {Folder} of old turn logs could not be tidied")]
    static partial void FolderNotSwept(ILogger log, Exception e, string folder);
}
