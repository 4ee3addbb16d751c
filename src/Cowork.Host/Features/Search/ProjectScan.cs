using Cowork.Host.Features.Artifacts;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Search;

/// <summary>
/// Keeps files and artifacts of the projects in the index. Nobody tells the server when an agent or the user writes a file, so
/// the folders are looked at when somebody searches; never for more than a twentieth of the time.
/// </summary>
[FeatureService]
sealed partial class ProjectScan : IAsyncDisposable
{
    const int RestFactor = 20;
    const int Batch = 50;
    readonly Database _database;
    readonly TimeProvider _time;
    readonly ILogger<ProjectScan> _log;
    readonly OneAtATime _scan;
    long _notBefore;

    public ProjectScan(Database database, TimeProvider time, ILogger<ProjectScan> log)
    {
        (_database, _time, _log) = (database, time, log);
        _scan = new(ScanAsync, e => ScanFailed(log, e));
    }

    /// <summary>Starts a scan unless one is running or the last one was just now.</summary>
    /// <returns>The scan that is running, or a completed task. It never fails.</returns>
    public Task EnsureFresh() => _scan.Ensure(() => _time.GetTimestamp() >= Volatile.Read(ref _notBefore));

    public ValueTask DisposeAsync() => _scan.DisposeAsync();

    async Task ScanAsync(CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        try
        {
            await ScanProjectsAsync(ct);
        }
        finally
        {
            Volatile.Write(ref _notBefore, _time.GetTimestamp() + RestFactor * (_time.GetTimestamp() - started));
        }
    }

    async Task ScanProjectsAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var (projects, known) = ReadKnown();
        var changed = new List<Found>();
        foreach (var found in projects.Where(p => Directory.Exists(p.Path)).SelectMany(FindQuietly))
        {
            ct.ThrowIfCancellationRequested();
            if (!known.Remove((found.Kind, found.Item), out var stamp) || stamp != found.Stamp)
                changed.Add(found);
        }

        foreach (var batch in changed.Chunk(Batch))
            await IndexAsync(batch, ct);
        // What is left was not found again.
        foreach (var batch in known.Keys.Chunk(Batch))
            await _database.WriteAsync(
                w =>
                {
                    foreach (var (kind, item) in batch)
                        SearchIndex.Remove(w, kind, item);
                },
                ct);
    }

    (List<ProjectFolder> Projects, Dictionary<(string Kind, string Item), string?> Known) ReadKnown()
    {
        using var connection = _database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, name, path FROM projects";
        var projects = new List<ProjectFolder>();
        using (var rows = command.ExecuteReader())
            while (rows.Read())
                projects.Add(new(rows.GetString(0), rows.GetString(1), rows.GetString(2)));

        command.CommandText = "SELECT kind, item, stamp FROM search_names WHERE kind IN ('file', 'artifact')";
        var known = new Dictionary<(string, string), string?>();
        using (var rows = command.ExecuteReader())
            while (rows.Read())
                known.Add((rows.GetString(0), rows.GetString(1)), rows.TextOrNull(2));
        return (projects, known);
    }

    /// <summary>A folder that vanishes while it is read is found empty; the next scan is right again.</summary>
    IReadOnlyList<Found> FindQuietly(ProjectFolder project)
    {
        try
        {
            return [.. ProjectWalk.Find(project)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ProjectUnreadable(_log, e, project.Path);
            return [];
        }
    }

    Task IndexAsync(Found[] batch, CancellationToken ct)
    {
        // Read before the writer's turn: a slow disk must not hold up turns.
        var texts = Array.ConvertAll(batch, f => f.Kind == SearchKind.File ? ProjectWalk.ReadText(f.Path) : ProjectWalk.ReadArtifactText(f.Path));
        var artifacts = Array.ConvertAll(batch, f => f.Kind == SearchKind.Artifact ? ArtifactMetadata.Read(f.Path) : null);
        return _database.WriteAsync(
            w =>
            {
                // A project may have been deleted since the scan began; nothing may name it then.
                var projects = batch.Select(f => f.Project.Id).Distinct().Where(id => w.Scalar("SELECT 1 FROM projects WHERE id = ?1", id) is not null).ToHashSet();
                for (var i = 0; i < batch.Length; i++)
                    if (projects.Contains(batch[i].Project.Id))
                        Index(w, batch[i], texts[i], artifacts[i]);
            },
            ct);
    }

    static void Index(WriteScope w, Found found, string? text, ArtifactMetadata? artifact)
    {
        if (found.Kind == SearchKind.Artifact)
        {
            var slug = Path.GetFileName(found.Path);
            // Damaged metadata keeps its stamp, so that it is not read again until it changes.
            var name = artifact is null ? "" : string.Join('\n', artifact.Title, artifact.Description, artifact.Type, $"{found.Project.Name}/{slug}/{artifact.Primary}");
            SearchIndex.PutName(w, found.Kind, found.Item, name, found.Stamp);
        }
        else
        {
            SearchIndex.PutName(w, found.Kind, found.Item, found.Item[(found.Project.Id.Length + 1)..], found.Stamp);
        }

        if (text is null)
            SearchIndex.RemoveText(w, found.Kind, found.Item);
        else
            SearchIndex.PutText(w, found.Kind, found.Item, text);
    }

    [LoggerMessage(LogLevel.Error, "The projects' files could not be indexed")]
    static partial void ScanFailed(ILogger log, Exception e);

    [LoggerMessage(LogLevel.Warning, "The project folder {Path} could not be read for the search")]
    static partial void ProjectUnreadable(ILogger log, Exception e, string path);
}
