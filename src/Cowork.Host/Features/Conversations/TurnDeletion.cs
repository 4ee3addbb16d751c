using Cowork.Host.Features.Turns;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>Takes a conversation back to before one of its answers, as if the question had never been asked.</summary>
[FeatureService]
sealed class TurnDeletion(Database database, TurnService turns, ITurnLogs logs, TimeProvider time)
{
    /// <summary>Deletes an answer, its question and everything after them; what runs or waits comes after them.</summary>
    /// <param name="index">Counts answers from 0; the running turn counts as the last one.</param>
    /// <returns>The number of messages deleted.</returns>
    /// <exception cref="ApiException">404: no such conversation or answer; then nothing was stopped.</exception>
    public async Task<int> DeleteFromAsync(Guid conversationId, int index, CancellationToken ct)
    {
        if (index < 0 || index >= CountAnswers(conversationId))
            throw NoSuchTurn();
        await using var hold = await turns.HoldAsync(conversationId, ct);
        var cut = await database.WriteAsync(w => Cut(w, conversationId, index), ct);
        await logs.RemoveAsync(conversationId, cut.KeepsLog);
        return cut.Deleted;
    }

    long CountAnswers(Guid conversationId) =>
        database.Query(statements =>
        {
            if (statements.Scalar("SELECT 1 FROM conversations WHERE id = ?1", conversationId) is null)
                throw ConversationList.Missing();
            var answers = (long)statements.Scalar("SELECT COUNT(*) FROM messages WHERE conversation_id = ?1 AND role = 'assistant'", conversationId)!;
            return turns.Running(conversationId) is null ? answers : answers + 1;
        });

    CutOff Cut(WriteScope w, Guid conversationId, int index)
    {
        var answer = w.Scalar("SELECT position FROM messages WHERE conversation_id = ?1 AND role = 'assistant' ORDER BY position LIMIT 1 OFFSET ?2", conversationId, index) ?? throw NoSuchTurn();
        var from = w.Scalar(
            "SELECT position FROM (SELECT role, position FROM messages WHERE conversation_id = ?1 AND position < ?2 ORDER BY position DESC LIMIT 1) WHERE role = 'user'",
            conversationId, answer) ?? answer;
        var before = (long)w.Scalar("SELECT COUNT(*) FROM messages WHERE conversation_id = ?1 AND position < ?2", conversationId, from)!;

        const string Gone = "SELECT id FROM messages WHERE conversation_id = ?1 AND position >= ?2";
        w.Execute($"DELETE FROM message_events WHERE message_id IN ({Gone})", conversationId, from);
        const string GoneTurns = $"WHERE conversation_id = ?1 AND (user_message_id IN ({Gone}) OR assistant_message_id IN ({Gone}))";
        var gone = w.List(r => r.GetInt32(0), $"SELECT number FROM turns {GoneTurns}", conversationId, from);
        w.Execute($"DELETE FROM approvals WHERE turn_id IN (SELECT id FROM turns {GoneTurns})", conversationId, from);
        w.Execute($"DELETE FROM turns {GoneTurns}", conversationId, from);
        var deleted = w.Execute("DELETE FROM messages WHERE conversation_id = ?1 AND position >= ?2", conversationId, from);
        w.Execute("UPDATE conversations SET modified_at = ?2 WHERE id = ?1", conversationId, time.UtcNow());
        var left = w.List(r => r.GetInt32(0), "SELECT number FROM turns WHERE conversation_id = ?1", conversationId).ToHashSet();
        // The reference numbered its logs by the count of messages before the turn, and has no rows for them.
        return new(deleted, number => left.Contains(number) || (number < before && !gone.Contains(number)));
    }

    static ApiException NoSuchTurn() => ApiException.NotFound("turn_not_found", "This conversation has no answer with this number.");

    sealed record CutOff(int Deleted, Func<int, bool> KeepsLog);
}
