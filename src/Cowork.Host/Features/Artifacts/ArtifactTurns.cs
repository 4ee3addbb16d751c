namespace Cowork.Host.Features.Artifacts;

/// <summary>The turns that go on and may make artifacts. Several in one project see each other's files, but only one made them.</summary>
sealed class ArtifactTurns
{
    readonly List<TurnArtifacts> _active = [];

    /// <summary>Held while artifacts are written: two turns must not write over each other; the writes are small and few.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Adds a turn; what others have made so far is not its own.</summary>
    public void Enter(TurnArtifacts turn)
    {
        lock (Gate)
        {
            foreach (var other in Beside(turn))
                turn.Foreign.UnionWith(other.Described);
            _active.Add(turn);
        }
    }

    public void Leave(TurnArtifacts turn)
    {
        lock (Gate)
            _active.Remove(turn);
    }

    /// <summary>Says who made an artifact or described it anew. The caller holds the gate.</summary>
    public void Claim(TurnArtifacts turn, string slug)
    {
        turn.Described.Add(slug);
        turn.Foreign.Remove(slug);
        foreach (var other in Beside(turn))
            if (!other.Described.Contains(slug))
                other.Foreign.Add(slug);
    }

    IEnumerable<TurnArtifacts> Beside(TurnArtifacts turn) => _active.Where(other => other != turn && other.ProjectPath == turn.ProjectPath);
}
