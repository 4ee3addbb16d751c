using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Remembers when the jobs with an interval last ran, so that a job of every day also runs where the server is started every
/// morning, and a plugin that is replaced every hour does not put it off. Thread-safe.
/// </summary>
sealed class JobHistory
{
    readonly Lock _gate = new();
    readonly string _file;
    readonly ILogger _log;
    readonly SortedDictionary<string, DateTimeOffset> _runs;

    public JobHistory(PluginRoots roots, ILogger<JobHistory> log)
    {
        _file = roots.JobsFile;
        _log = log;
        _runs = Read();
    }

    /// <summary>When a job last began, in whatever build.</summary>
    public DateTimeOffset? LastRun(string plugin, string job)
    {
        lock (_gate)
            return _runs.TryGetValue(Key(plugin, job), out var last) ? last : null;
    }

    public void Ran(string plugin, string job, DateTimeOffset now)
    {
        lock (_gate)
        {
            _runs[Key(plugin, job)] = now;
            try
            {
                AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(_runs, JobHistoryJson.Default.SortedDictionaryStringDateTimeOffset));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is known until the server ends; after that the job runs early.
                _log.HistoryUnusable(e, _file);
            }
        }
    }

    SortedDictionary<string, DateTimeOffset> Read()
    {
        try
        {
            return File.Exists(_file) ? JsonSerializer.Deserialize(File.ReadAllBytes(_file), JobHistoryJson.Default.SortedDictionaryStringDateTimeOffset) ?? [] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            _log.HistoryUnusable(e, _file);
            return [];
        }
    }

    static string Key(string plugin, string job) => $"{plugin}/{job}";
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(SortedDictionary<string, DateTimeOffset>))]
sealed partial class JobHistoryJson : JsonSerializerContext;
