using System.Text.Json;
using Cowork.Abstractions;

namespace Cowork.Host.Features.Artifacts;

/// <summary>One turn's view of its project's artifacts.</summary>
sealed partial class TurnArtifacts(ArtifactTurn turn, Func<ArtifactTurn, TurnOrigin> origin, ArtifactTurns turns, TimeProvider time, ILogger log) : ITurnArtifacts
{
    const string Unusable = "invalid_artifact";
    const int LongestName = 200;

    readonly ArtifactSnapshot _before = ArtifactSnapshot.Take(turn.ProjectPath);

    readonly HashSet<string> _announced = [];

    public string ProjectPath => turn.ProjectPath;

    /// <summary>Artifacts that this turn made or described anew, whatever happened to their files. Guarded by the gate.</summary>
    public HashSet<string> Described { get; } = [];

    /// <summary>Artifacts of turns that go on beside this one: how their files change says nothing about this turn. Guarded by the gate.</summary>
    public HashSet<string> Foreign { get; } = [];

    public Task<ArtifactInfo> CreateAsync(NewArtifact artifact, CancellationToken ct) => Guarded(() =>
    {
        // Before a slug is made of it: no mask finds what is left of a key then.
        artifact = artifact with { Name = turn.Frames.Clean(artifact.Name), Description = turn.Frames.Clean(artifact.Description) };
        var name = artifact.Name.Trim();
        if (name.Length is 0 or > LongestName)
            throw new HarnessException(Unusable, $"An artifact needs a name of at most {LongestName} characters.");
        if (!ArtifactDocument.Types.Contains(artifact.Type))
            throw new HarnessException(Unusable, $"The type of an artifact must be one of: {string.Join(", ", ArtifactDocument.Types)}.");
        var root = ArtifactLayout.Folder(turn.ProjectPath);
        Directory.CreateDirectory(root);
        if (!ArtifactLayout.IsUsable(turn.ProjectPath))
            throw new HarnessException(Unusable, "The artifacts folder of this project is a link. Replace it by a folder.");
        var id = Guid.NewGuid().ToString("N")[..8];
        var slug = ArtifactSlug.FirstFree(ArtifactSlug.Of(name, id), s => Path.Exists(Path.Combine(root, s)));
        var folder = Path.Combine(root, slug);
        var primary = string.IsNullOrWhiteSpace(artifact.Primary) ? null : Primary(folder, artifact.Primary);
        Directory.CreateDirectory(folder);
        ArtifactDocument.Save(folder, ArtifactDocument.Create(artifact with { Primary = primary }, id, slug, time.GetUtcNow()), time.GetUtcNow());
        turns.Claim(this, slug);
        var made = Describe(folder, ArtifactMetadata.Read(folder)!);
        Announce("response.artifact_created", slug, made);
        return made;
    });

    public Task<IReadOnlyList<ArtifactInfo>> ListAsync(CancellationToken ct) => Guarded<IReadOnlyList<ArtifactInfo>>(() =>
        [.. ArtifactLayout.Folders(turn.ProjectPath).Select(f => Find(f.Name)).OfType<ArtifactInfo>().OrderByDescending(a => a.UpdatedAt)]);

    public Task<ArtifactInfo?> FindAsync(string slug, CancellationToken ct) => Guarded(() => Find(slug));

    public Task<ArtifactInfo> UpdateAsync(string slug, ArtifactChange change, CancellationToken ct) => Guarded(() =>
    {
        if (ArtifactLayout.Find(turn.ProjectPath, slug) is not { } folder || ArtifactDocument.Load(folder) is not { } document)
            throw new HarnessException(Unusable, $"There is no artifact “{slug}”. List the artifacts to see which there are.");
        if (change.Primary is { } primary)
            document["primary"] = string.IsNullOrWhiteSpace(primary) ? null : Primary(folder, primary);
        if (change.Port is { } port)
            document["port"] = port is > 0 and <= ushort.MaxValue ? port : throw new HarnessException(Unusable, "A port is a number from 1 to 65535.");
        if (change.Description is { } description)
            document["description"] = turn.Frames.Clean(description);
        ArtifactDocument.SetFiles(document, ArtifactLayout.Content(folder));
        ArtifactDocument.Save(folder, document, time.GetUtcNow());
        turns.Claim(this, slug);
        return Describe(folder, ArtifactMetadata.Read(folder)!);
    });

    public void NoteChanges()
    {
        try
        {
            var changes = _before.ChangesUntil(ArtifactSnapshot.Take(turn.ProjectPath));
            var slugs = Touched(changes.Keys);
            if (slugs.Count == 0)
                return;
            var from = origin(turn);
            foreach (var slug in slugs)
                Note(slug, changes.GetValueOrDefault(slug) ?? [], from);
        }
        catch (Exception e)
        {
            // What an agent did must not be lost for what is said about it.
            ChangesNotNoted(log, e, turn.ProjectPath);
        }
        finally
        {
            turns.Leave(this);
        }
    }

    void Note(string slug, IReadOnlyList<string> touched, TurnOrigin from)
    {
        lock (turns.Gate)
        {
            // Damaged metadata hides this artifact only.
            if (ArtifactLayout.Find(turn.ProjectPath, slug) is not { } folder || ArtifactDocument.Load(folder) is not { } document)
                return;
            ArtifactDocument.SetFiles(document, ArtifactLayout.Content(folder));
            ArtifactDocument.AddTurn(document, from, touched, time.GetUtcNow());
            ArtifactDocument.Save(folder, document, time.GetUtcNow());
            var isNew = !_before.IsArtifact(slug) && !_announced.Contains(slug);
            Announce(isNew ? "response.artifact_created" : "response.artifact_updated", slug, Describe(folder, ArtifactMetadata.Read(folder)!));
        }
    }

    List<string> Touched(IEnumerable<string> changed)
    {
        lock (turns.Gate)
            return [.. changed.Where(slug => !Foreign.Contains(slug)).Union(Described).Order(StringComparer.Ordinal)];
    }

    ArtifactInfo? Find(string slug) =>
        ArtifactLayout.Find(turn.ProjectPath, slug) is { } folder && ArtifactMetadata.Read(folder) is { } metadata ? Describe(folder, metadata) : null;

    static ArtifactInfo Describe(string folder, ArtifactMetadata metadata)
    {
        var content = ArtifactLayout.Content(folder);
        var described = new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(folder, ArtifactLayout.Metadata)));
        return new(metadata.Id, Path.GetFileName(folder), metadata.Title, metadata.Type, folder)
        {
            Description = metadata.Description,
            Primary = metadata.Primary.Length == 0 ? null : metadata.Primary,
            Port = metadata.Port,
            UpdatedAt = content is [var newest, ..] && newest.ModifiedAt > described ? newest.ModifiedAt : described,
            Files = [.. content.Select(f => new ArtifactFile(f.Path, f.Size))],
        };
    }

    static string Primary(string folder, string path) => ArtifactLayout.IsContent(folder, path, out var clean)
        ? clean
        : throw new HarnessException(Unusable, $"“{path}” cannot be opened first. Name a file inside the artifact's folder, relative to it.");

    void Announce(string type, string slug, ArtifactInfo artifact)
    {
        _announced.Add(slug);
        turn.Frames.Write(type, "artifact", json => Write(json, artifact, turn.Frames.Clean));
    }

    static void Write(Utf8JsonWriter json, ArtifactInfo artifact, Func<string, string> clean)
    {
        var primary = ArtifactLayout.Primary(artifact.Directory, artifact.Primary ?? "", ArtifactLayout.Content(artifact.Directory));
        json.WriteStartObject();
        json.WriteString("id"u8, artifact.Id);
        json.WriteString("slug"u8, clean(artifact.Slug));
        json.WriteString("title"u8, clean(artifact.Name));
        json.WriteString("description"u8, clean(artifact.Description));
        json.WriteString("type"u8, artifact.Type);
        json.WriteString("folder"u8, clean(artifact.Directory));
        json.WriteString("path"u8, clean(primary is null ? artifact.Directory : Path.GetFullPath(Path.Combine(artifact.Directory, primary))));
        json.WriteString("primary"u8, artifact.Primary is { } named ? clean(named) : null);
        json.WriteEndObject();
    }

    Task<T> Guarded<T>(Func<T> work)
    {
        try
        {
            lock (turns.Gate)
                return Task.FromResult(work());
        }
        catch (HarnessException e)
        {
            return Task.FromException<T>(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return Task.FromException<T>(new HarnessException(Unusable, "The artifact's files could not be read or written. See that the project's folder can be used.", innerException: e));
        }
    }

    [LoggerMessage(LogLevel.Warning, "What a turn changed in the artifacts of {Project} could not be noted")]
    static partial void ChangesNotNoted(ILogger log, Exception e, string project);
}
