using Cowork.Abstractions;
using Cowork.Host.Features.Approvals;
using Cowork.Host.Features.Artifacts;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>Gives each run what the host does for it.</summary>
[FeatureService]
sealed class RunServices(ArtifactService artifacts, ApprovalGate approvals)
{
    /// <summary>Looks at the project before the run does anything to it. Dispose the result when the run has ended, however it did.</summary>
    public TurnServices Begin(ActiveTurn active, Project project, TurnOptions options, ITurnFrames frames)
    {
        var turn = active.Turn;
        return new(
            project.Path,
            artifacts.Begin(new(turn.ConversationId, project.Path, turn.Input, frames)),
            approvals,
            new(turn.Id, turn.ConversationId, project.Id, options.IsInteractive, options.Approvals ?? UnattendedApprovals.None, options.Granted ?? [], frames,
                () => active.StoppedAs?.Status == TurnStatus.Interrupted));
    }
}

/// <summary>What the host does for one run.</summary>
sealed class TurnServices(string projectDirectory, ITurnArtifacts artifacts, ApprovalGate approvals, ApprovalTurn asking) : ITurnServices, IAsyncDisposable
{
    readonly Lazy<DirectoryInfo> _temp = new(() => Directory.CreateTempSubdirectory($"cowork-turn-{asking.TurnId:N}-"));

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

    public string MaskSecrets(string text) => asking.Frames.Clean(text);

    public int LongestSecret => asking.Frames.LongestSecret;

    public Task<ApprovalDecision> RequestApprovalAsync(ApprovalRequest request, CancellationToken ct) => approvals.RequestAsync(asking, request, ct);

    public ApprovalDecision? FindDecision(ApprovalRequest request) => approvals.FindDecision(asking, request);

    public Task<string?> AskAsync(UserQuestion question, CancellationToken ct) => approvals.AskAsync(asking, question, ct);

    /// <summary>The artifacts that the run changed are noted, its temporary folder goes.</summary>
    public ValueTask DisposeAsync()
    {
        artifacts.NoteChanges();
        if (_temp.IsValueCreated)
            _temp.Value.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
