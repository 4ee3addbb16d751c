using Cowork.Host.Features.Conversations;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>The rows of turns. Statements rather than entities: every turn passes here twice, a thousand at once.</summary>
[FeatureService]
sealed class TurnStore(Database database, TimeProvider time)
{
    /// <summary>Messages that may wait in one conversation. A person never gets there; a program that does not look would fill the disk.</summary>
    const int MostWaiting = 100;

    const string IsOpen = "log_closed = 0 AND status IN ('queued', 'running')";

    const string Withdraw =
        "UPDATE turns SET status = 'cancelled', error_code = ?2, error = ?3, log_closed = 1, finished_at = ?4, modified_at = ?4 WHERE status = 'queued' AND conversation_id = ?1";

    const string InsertMessage =
        "INSERT INTO messages (id, conversation_id, role, content, harness, position, turn_id, created_at, modified_at, transcript) " +
        "VALUES (?1, ?2, ?3, ?4, ?5, (SELECT COALESCE(MAX(position), -1) + 1 FROM messages WHERE conversation_id = ?2), ?6, ?7, ?7, ?8)";

    /// <summary>Stores a new turn as queued and, when the caller holds the conversation's lease, starts the one that is first in line.</summary>
    /// <param name="turn">The new turn; its number is assigned.</param>
    /// <param name="createConversation">The conversation's row when it is new, else null.</param>
    /// <param name="leastNumber">The least number that it may get.</param>
    /// <param name="start">Whether the conversation is free.</param>
    /// <returns>The turn to run now, if any: usually the new one.</returns>
    /// <exception cref="ApiException">404: the conversation is gone; 429: the turn would have to wait, and too many do.</exception>
    public Task<Turn?> AcceptAsync(Turn turn, Conversation? createConversation, int leastNumber, bool start, CancellationToken ct) =>
        database.WriteAsync(
            w =>
            {
                if (createConversation is { } c)
                    ConversationRows.Insert(w, c);
                // Deleted since the request was checked, alone or with its project.
                if (w.Scalar("SELECT 1 FROM conversations WHERE id = ?1", turn.ConversationId) is null)
                    throw ApiException.NotFound("conversation_not_found", "The conversation was deleted meanwhile. Start a new one.");
                turn.Number = (int)(long)w.Scalar("SELECT MAX(?2, COALESCE(MAX(number) + 1, 0)) FROM turns WHERE conversation_id = ?1", turn.ConversationId, leastNumber)!;
                var waiting = (long)w.Scalar("SELECT COUNT(*) FROM turns WHERE log_closed = 0 AND conversation_id = ?1 AND status = 'queued'", turn.ConversationId)!;
                if (waiting >= MostWaiting)
                    throw new ApiException(StatusCodes.Status429TooManyRequests, "queue_full", $"{MostWaiting} messages wait in this conversation already. Wait until some are answered, or take some back.");
                var others = start && waiting > 0;
                w.Execute(
                    "INSERT INTO turns (id, conversation_id, number, status, harness, model, input, options, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
                    turn.Id, turn.ConversationId, turn.Number, TurnStatus.Queued, turn.Harness, turn.Model, turn.Input, turn.Options, turn.CreatedAt);
                if (start && !others)
                    Start(w, turn);
                return start ? others ? StartNext(w, turn.ConversationId) : turn : null;
            },
            ct);

    /// <summary>Starts the queued turn that is first in line; null when none waits. The caller holds the conversation's lease.</summary>
    public Task<Turn?> StartNextAsync(Guid conversationId) => database.WriteAsync(w => StartNext(w, conversationId));

    /// <summary>Stores the end of a turn: answer, events, usage and status, all or nothing.</summary>
    /// <returns>False when the conversation was deleted meanwhile; then nothing is stored.</returns>
    public Task<bool> FinishAsync(Turn turn, TurnOutcome outcome, TurnEventWriter written) =>
        database.WriteAsync(w =>
        {
            var now = time.UtcNow();
            TurnSteps.Delete(w, turn.Id);
            if (w.Execute("UPDATE conversations SET modified_at = ?2 WHERE id = ?1", turn.ConversationId, now) == 0)
                return false;
            InsertAnswer(w, turn, written.Events, outcome, now);
            w.Execute(
                "UPDATE turns SET status = ?2, error_code = ?3, error = ?4, input_tokens = ?5, output_tokens = ?6, cached_input_tokens = ?7, finished_at = ?8, modified_at = ?8 WHERE id = ?1",
                turn.Id, outcome.Status, outcome.ErrorCode, outcome.Error, written.InputTokens, written.OutputTokens, written.CachedInputTokens, now);
            return true;
        });

    /// <summary>Notes that nothing of the turn is left to do; not for one whose end could not be stored, which the next start stores from its log.</summary>
    public Task MarkLogClosedAsync(Guid turnId) =>
        database.WriteAsync(w => w.Execute("UPDATE turns SET log_closed = 1 WHERE id = ?1 AND status <> 'running'", turnId));

    /// <summary>Takes a waiting turn out of the queue; its row stays, as cancelled.</summary>
    /// <returns>False when it is not waiting any more.</returns>
    public Task<bool> WithdrawAsync(Guid conversationId, Guid turnId, CancellationToken ct) =>
        database.WriteAsync(
            w => w.Execute($"{Withdraw} AND id = ?5", conversationId, TurnOutcome.Withdrawn.ErrorCode, TurnOutcome.Withdrawn.Error, time.UtcNow(), turnId) > 0, ct);

    /// <summary>Takes all waiting turns of a conversation out of the queue.</summary>
    public Task<IReadOnlyList<Guid>> WithdrawAllAsync(Guid conversationId) =>
        database.WriteAsync<IReadOnlyList<Guid>>(w =>
        {
            var waiting = w.List(row => Encodings.ToId(row.GetString(0)), "SELECT id FROM turns WHERE status = 'queued' AND conversation_id = ?1", conversationId);
            w.Execute(Withdraw, conversationId, TurnOutcome.Withdrawn.ErrorCode, TurnOutcome.Withdrawn.Error, time.UtcNow());
            return waiting;
        });

    public Turn? Find(Guid turnId) => database.Query(statements => statements.List(TurnRows.Read, $"{TurnRows.Select} WHERE id = ?1", turnId)) is [var turn] ? turn : null;

    /// <summary>Whether another turn of its conversation came after this one.</summary>
    public bool HasLater(Turn turn) =>
        database.Query(statements => statements.Scalar("SELECT 1 FROM turns WHERE conversation_id = ?1 AND number > ?2", turn.ConversationId, turn.Number)) is not null;

    /// <summary>Whether any turn waits.</summary>
    public bool HasQueued() => database.Exists("SELECT 1 FROM turns WHERE log_closed = 0 AND status = 'queued'");

    /// <summary>Whether a turn of this conversation waits.</summary>
    public bool HasQueued(Guid conversationId) =>
        database.Query(statements => statements.Scalar("SELECT 1 FROM turns WHERE log_closed = 0 AND conversation_id = ?1 AND status = 'queued' LIMIT 1", conversationId)) is not null;

    /// <summary>Turns that wait or run, in order; of one conversation, or of all.</summary>
    public IReadOnlyList<Turn> Open(Guid? conversationId = null) => database.Query(statements => conversationId is { } id
        ? statements.List(TurnRows.Read, $"{TurnRows.Select} WHERE {IsOpen} AND conversation_id = ?1 ORDER BY number", id)
        : statements.List(TurnRows.Read, $"{TurnRows.Select} WHERE {IsOpen} ORDER BY number"));

    /// <summary>Turns whose logs are not closed though they are over or were running: what a process that died has left.</summary>
    public IReadOnlyList<Turn> LeftOpen() => database.Query(statements => statements.List(TurnRows.Read, $"{TurnRows.Select} WHERE log_closed = 0 AND status <> 'queued'"));

    Turn? StartNext(WriteScope w, Guid conversationId)
    {
        if (w.List(TurnRows.Read, $"{TurnRows.Select} WHERE log_closed = 0 AND conversation_id = ?1 AND status = 'queued' ORDER BY number LIMIT 1", conversationId) is not [var turn])
            return null;
        Start(w, turn);
        return turn;
    }

    void Start(WriteScope w, Turn turn)
    {
        turn.Status = TurnStatus.Running;
        turn.UserMessageId = Guid.CreateVersion7();
        turn.AssistantMessageId = Guid.CreateVersion7();
        turn.StartedAt = time.UtcNow();
        w.Execute(InsertMessage, turn.UserMessageId, turn.ConversationId, Message.User, turn.Input, null, turn.Id, turn.StartedAt, null);
        w.Execute(
            "UPDATE turns SET status = ?2, user_message_id = ?3, assistant_message_id = ?4, started_at = ?5, modified_at = ?5 WHERE id = ?1",
            turn.Id, turn.Status, turn.UserMessageId, turn.AssistantMessageId, turn.StartedAt);
        w.Execute("UPDATE conversations SET modified_at = ?2 WHERE id = ?1", turn.ConversationId, turn.StartedAt);
    }

    static void InsertAnswer(WriteScope w, Turn turn, TurnEvents events, TurnOutcome outcome, DateTime now)
    {
        w.Execute(
            InsertMessage, turn.AssistantMessageId, turn.ConversationId, Message.Assistant, AsciiJson.Quote(events.Answer), turn.Harness, turn.Id, now,
            events.Transcript.ToJson(outcome));
        var sequence = 0;
        foreach (var payload in events.ToList())
            w.Execute(
                "INSERT INTO message_events (id, message_id, sequence_number, event_data, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                Guid.CreateVersion7(), turn.AssistantMessageId, sequence++, payload, now);
    }
}
