using Cowork.Abstractions;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// What a running turn has done with tools, stored call by call: clients never see most results, so the log cannot tell them after a crash,
/// and an agent that does not know that a file was written writes it again.
/// </summary>
[FeatureService]
sealed partial class TurnSteps(Database database, ILogger<TurnSteps> log)
{
    /// <summary>Never fails: a turn that cannot be kept step by step is still kept at its end.</summary>
    public async Task KeepAsync(Guid turnId, IReadOnlyList<TranscriptStep> steps)
    {
        if (steps.Count == 0)
            return;
        try
        {
            await database.WriteAsync(w =>
            {
                foreach (var step in steps)
                    w.Execute("INSERT OR REPLACE INTO turn_steps (turn_id, position, told, block) VALUES (?1, ?2, ?3, ?4)", turnId, step.Position, step.Told, TranscriptJson.Write([step.Block]));
                return true;
            });
        }
        catch (Exception e)
        {
            StepsNotKept(log, e, turnId);
        }
    }

    /// <summary>The steps of a turn whose process died, in order.</summary>
    public IReadOnlyList<TranscriptStep> Of(Guid turnId) => database.Query(statements => statements.List(
        row => TranscriptJson.Read(row.GetString(2)) is [var block] ? new TranscriptStep(row.GetInt32(0), row.GetInt32(1), block) : null,
        "SELECT position, told, block FROM turn_steps WHERE turn_id = ?1 ORDER BY position", turnId)).OfType<TranscriptStep>().ToList();

    /// <summary>Part of storing the turn's end: the transcript has them now.</summary>
    public static void Delete(WriteScope w, Guid turnId) => w.Execute("DELETE FROM turn_steps WHERE turn_id = ?1", turnId);

    [LoggerMessage(LogLevel.Warning, "Steps of turn {Turn} could not be kept; after a crash its agent would not know of them")]
    static partial void StepsNotKept(ILogger log, Exception e, Guid turn);
}

/// <summary>A block of a transcript.</summary>
/// <param name="Position">Its place in the turn, from 0.</param>
/// <param name="Told">Characters of the answer that this and earlier blocks stand for.</param>
/// <param name="Block">Text, a call or a result.</param>
sealed record TranscriptStep(int Position, int Told, ContentBlock Block);
