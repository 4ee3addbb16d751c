using System.Collections.Concurrent;
using Cowork.Abstractions;
using Cowork.Host.Platform.Files;

namespace Cowork.Testing;

/// <summary>What a host does for a harness, for tests: real folders, artifacts that are folders without metadata, and a person who answers as told.</summary>
/// <param name="project">Absolute path of the project's folder.</param>
/// <param name="temp">Absolute path of the turn's own folder; created when it is asked for.</param>
public sealed class TestTurnServices(string project, string temp) : ITurnServices, IProjectArtifacts
{
    readonly ConcurrentDictionary<string, ArtifactInfo> _artifacts = new();

    /// <summary>What the person decides; allows everything unless it is set.</summary>
    public Func<ApprovalRequest, ApprovalDecision> Decide { get; set; } = _ => new(true, "The test allows everything.");

    /// <summary>What the person answers; nobody is there unless it is set.</summary>
    public Func<UserQuestion, string?> Answer { get; set; } = _ => null;

    /// <summary>All approvals that were asked for, in order.</summary>
    public ConcurrentQueue<ApprovalRequest> Asked { get; } = new();

    /// <summary>All questions that were asked, in order.</summary>
    public ConcurrentQueue<UserQuestion> Questions { get; } = new();

    /// <inheritdoc/>
    public string TempDirectory => Directory.CreateDirectory(temp).FullName;

    /// <inheritdoc/>
    public IProjectArtifacts Artifacts => this;

    /// <inheritdoc/>
    public string ResolveProjectPath(string path)
    {
        var relative = Path.IsPathRooted(path) && SafePath.IsBelow(project, Path.GetFullPath(path)) ? Path.GetRelativePath(project, path) : path;
        return SafePath.TryResolve(project, relative, out var full)
            ? full
            : throw new HarnessException("unsafe_path", "The path leads out of the project.");
    }

    /// <inheritdoc/>
    public Task<ApprovalDecision> RequestApprovalAsync(ApprovalRequest request, CancellationToken ct)
    {
        Asked.Enqueue(request);
        return Task.FromResult(Decide(request));
    }

    /// <inheritdoc/>
    public Task<string?> AskAsync(UserQuestion question, CancellationToken ct)
    {
        Questions.Enqueue(question);
        return Task.FromResult(Answer(question));
    }

    Task<ArtifactInfo> IProjectArtifacts.CreateAsync(NewArtifact artifact, CancellationToken ct)
    {
        var slug = $"{artifact.Name.ToLowerInvariant().Replace(' ', '-')}-{_artifacts.Count + 1}";
        var folder = Directory.CreateDirectory(Path.Combine(project, ".anton", "artifacts", slug)).FullName;
        return Task.FromResult(_artifacts[slug] = new($"{_artifacts.Count:x8}", slug, artifact.Name, artifact.Type, folder) { Description = artifact.Description, Primary = artifact.Primary });
    }

    Task<IReadOnlyList<ArtifactInfo>> IProjectArtifacts.ListAsync(CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<ArtifactInfo>>([.. _artifacts.Values.Select(WithFiles).Reverse()]);

    Task<ArtifactInfo?> IProjectArtifacts.FindAsync(string slug, CancellationToken ct) =>
        Task.FromResult(_artifacts.TryGetValue(slug, out var artifact) ? WithFiles(artifact) : null);

    Task<ArtifactInfo> IProjectArtifacts.UpdateAsync(string slug, ArtifactChange change, CancellationToken ct)
    {
        if (!_artifacts.TryGetValue(slug, out var artifact))
            throw new HarnessException("invalid_artifact", $"There is no artifact “{slug}”.");
        return Task.FromResult(_artifacts[slug] = artifact with
        {
            Primary = change.Primary switch { null => artifact.Primary, "" => null, var primary => primary },
            Port = change.Port ?? artifact.Port,
            Description = change.Description ?? artifact.Description,
        });
    }

    static ArtifactInfo WithFiles(ArtifactInfo artifact) => artifact with
    {
        Files = [.. new DirectoryInfo(artifact.Directory).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => new ArtifactFile(Path.GetRelativePath(artifact.Directory, file.FullName).Replace('\\', '/'), file.Length))],
    };
}
