using Cowork.Abstractions;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Artifacts;

/// <summary>The artifacts of a project for one turn, which are compared with what they were when it began.</summary>
interface ITurnArtifacts : IProjectArtifacts
{
    /// <summary>Notes which artifacts the turn changed, in them and in its stream. Never throws.</summary>
    void NoteChanges();
}

/// <summary>A turn as far as its artifacts go.</summary>
/// <param name="Input">The user's message as stored.</param>
sealed record ArtifactTurn(Guid ConversationId, string ProjectPath, string Input, ITurnFrames Frames);

/// <summary>Lets turns make artifacts, and keeps what is said about them right. Thread-safe.</summary>
[FeatureService]
sealed class ArtifactService(Database database, TimeProvider time, ILogger<ArtifactService> log)
{
    readonly ArtifactTurns _turns = new();

    /// <summary>Looks at the artifacts as they are before the turn does anything.</summary>
    public ITurnArtifacts Begin(ArtifactTurn turn)
    {
        var artifacts = new TurnArtifacts(turn, Origin, _turns, time, log);
        _turns.Enter(artifacts);
        return artifacts;
    }

    TurnOrigin Origin(ArtifactTurn turn) =>
        database.Query(statements => new TurnOrigin(
            turn.ConversationId,
            (string?)statements.Scalar("SELECT topic FROM conversations WHERE id = ?1", turn.ConversationId),
            Convert.ToInt32(statements.Scalar("SELECT COUNT(*) FROM messages WHERE conversation_id = ?1 AND role = 'assistant'", turn.ConversationId), null),
            MessageContent.Parse(turn.Input).Text(" ")));
}
