using Cowork.Abstractions;
using Cowork.Host.Features.Artifacts;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Features.Turns;

/// <summary>What the host does for one run.</summary>
sealed class TurnServices(string projectDirectory, Guid turnId, ITurnArtifacts artifacts) : ITurnServices, IAsyncDisposable
{
    readonly Lazy<DirectoryInfo> _temp = new(() => Directory.CreateTempSubdirectory($"cowork-turn-{turnId:N}-"));

    public string TempDirectory => _temp.Value.FullName;

    public string ResolveProjectPath(string path)
    {
        var relative = Path.IsPathRooted(path) && SafePath.IsBelow(projectDirectory, Path.GetFullPath(path))
            ? Path.GetRelativePath(projectDirectory, path)
            : path;
        return SafePath.TryResolve(projectDirectory, relative, out var full)
            ? full
            : throw new HarnessException("unsafe_path", $"The path '{path.ReplaceLineEndings(" ")}' leads out of the project.");
    }

    public IProjectArtifacts Artifacts => artifacts;

    public Task<ApprovalDecision> RequestApprovalAsync(ApprovalRequest request, CancellationToken ct) => throw new NotSupportedException();

    public Task<string?> AskAsync(UserQuestion question, CancellationToken ct) => throw new NotSupportedException();

    /// <summary>Ends the run, however it went: its artifacts are noted, its temporary folder goes.</summary>
    public ValueTask DisposeAsync()
    {
        artifacts.NoteChanges();
        if (_temp.IsValueCreated)
            _temp.Value.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
