using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// Closes what a process that died left open: before the first request, so that nobody sees a turn that runs nowhere. Looks
/// only at open turns, so it costs the same after a day and after a year.
/// </summary>
[FeatureService]
sealed partial class TurnRecovery(Database database, TurnStore store, TurnSteps steps, ITurnLogs logs, ILeases leases, TimeProvider time, ILogger<TurnRecovery> log)
{
    /// <summary>Does nothing on nearly every start.</summary>
    public Task RecoverAsync() => HasWork() ? RecoverAllAsync() : Task.CompletedTask;

    async Task RecoverAllAsync()
    {
        await PlaceUnplacedMessagesAsync();
        foreach (var turn in store.LeftOpen())
        {
            // Not ours to take: another instance runs it.
            await using var lease = await leases.TryAcquireAsync(turn.ConversationId);
            if (lease is not null)
                await CloseAsync(turn);
        }
    }

    bool HasWork() =>
        database.Exists("SELECT 1 FROM turns WHERE log_closed = 0 AND status <> 'queued'") || database.Exists("SELECT 1 FROM messages WHERE position IS NULL");

    /// <summary>
    /// Messages that the reference wrote have no position. Its times have one-second resolution and its ids are random, but its
    /// rows lie in the order in which they were inserted.
    /// </summary>
    Task PlaceUnplacedMessagesAsync() =>
        database.WriteAsync(w => w.Execute(
            """
            UPDATE messages SET position = placed.place
            FROM (
                SELECT m.id AS id,
                       (SELECT COALESCE(MAX(position), -1) FROM messages p WHERE p.conversation_id = m.conversation_id)
                       + ROW_NUMBER() OVER (PARTITION BY m.conversation_id ORDER BY substr(m.created_at, 1, 19), m.rowid) AS place
                FROM messages m WHERE m.position IS NULL
            ) AS placed
            WHERE messages.id = placed.id
            """));

    async Task CloseAsync(Turn turn)
    {
        try
        {
            var content = await logs.ReadLeftAsync(turn.ConversationId, turn.Number);
            var wasRunning = turn.Status == TurnStatus.Running;
            var outcome = !wasRunning ? TurnOutcome.Of(turn) : content.TerminalFrame is { } told ? OutcomeOf(told) : TurnOutcome.Killed;
            using var writer = new TurnEventWriter(turn, log: null, time, content.Frames.Count);
            foreach (var frame in content.Frames)
                writer.Events.AddFrame(frame);
            if (steps.Of(turn.Id) is { Count: > 0 } kept)
                writer.Events.Transcript.Restore(kept);
            // Killed between the last frame and its record, the turn needs no second last frame.
            var lastFrame = content.TerminalFrame is not null ? null : wasRunning ? writer.Close(outcome) : StoredEnd(turn, content.Frames.Count);
            if (wasRunning)
                await store.FinishAsync(turn, outcome, writer);
            if (content.End is null)
                await logs.CloseLeftAsync(turn.ConversationId, turn.Number, content.RecordCount, lastFrame, outcome == TurnOutcome.Killed ? TurnLogEnd.Killed : TurnLogEnd.Of(outcome.Status));
            await store.MarkLogClosedAsync(turn.Id);
            TurnClosed(log, turn.Id, outcome.Status);
        }
        catch (Exception e)
        {
            // The next start tries again; one turn that cannot be closed must not keep the server from starting.
            TurnNotClosed(log, e, turn.Id);
        }
    }

    /// <summary>The last frame of a turn that was stored just before the process died.</summary>
    byte[] StoredEnd(Turn turn, int seq)
    {
        var payload = (string)database.Query(statements => statements.Scalar(
            "SELECT event_data FROM message_events WHERE message_id = ?1 ORDER BY sequence_number DESC LIMIT 1", turn.AssistantMessageId))!;
        return FrameBytes.End(turn.Status, seq, payload);
    }

    /// <summary>What readers were told before the process died, and the row was not.</summary>
    static TurnOutcome OutcomeOf(byte[] lastFrame)
    {
        using var payload = JsonDocument.Parse(FrameBytes.Payload(lastFrame).ToArray());
        var body = payload.RootElement;
        if (body.GetProperty("type").ValueEquals(FrameBytes.Completed))
            return TurnOutcome.Completed;
        var code = body.GetProperty("code").GetString();
        var status = code switch { FailureCodes.Cancelled => TurnStatus.Cancelled, FailureCodes.Interrupted => TurnStatus.Interrupted, _ => TurnStatus.Failed };
        return new(status, code, body.GetProperty("error").GetString());
    }

    [LoggerMessage(LogLevel.Warning, "Turn {Turn} was left open by a process that ended; it is closed as {Status}")]
    static partial void TurnClosed(ILogger log, Guid turn, string status);

    [LoggerMessage(LogLevel.Error, "Turn {Turn} could not be closed")]
    static partial void TurnNotClosed(ILogger log, Exception e, Guid turn);
}
