using Cowork.Host.Features.Approvals;
using Cowork.Host.Features.Files;
using Cowork.Host.Features.Turns;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>
/// The one place that removes conversations: what runs in them is stopped, and nothing of them is left: rows, links from
/// other rows, logs and uploads.
/// </summary>
[FeatureService]
sealed partial class ConversationRemoval(
    Database database, TurnService turns, ITurnLogs logs, UploadLinks uploads, ConversationForgetting forgetting, ILogger<ConversationRemoval> log)
{
    const string One = "SELECT id FROM conversations WHERE id = ?1";
    const string OfProject = "SELECT id FROM conversations WHERE project_id = ?1";
    const string InList = "IN (SELECT value FROM json_each(?1))";

    /// <exception cref="ApiException">404: no such conversation.</exception>
    public Task RemoveAsync(Guid id, CancellationToken ct) =>
        RemoveAsync(One, id, (_, removed) => { if (removed is []) throw ConversationList.Missing(); }, ct);

    /// <summary>Removes all conversations of a project.</summary>
    /// <param name="also">What else happens in the same transaction, or not at all.</param>
    public Task RemoveOfProjectAsync(Guid projectId, Action<WriteScope> also, CancellationToken ct) =>
        RemoveAsync(OfProject, projectId, (w, _) => also(w), ct);

    async Task RemoveAsync(string chosen, Guid key, Action<WriteScope, IReadOnlyList<Guid>> also, CancellationToken ct)
    {
        var held = new Dictionary<Guid, IAsyncDisposable>();
        try
        {
            Removed? removed = null;
            // A conversation that came while the others were being stopped has to be stopped as well.
            while (removed is null)
            {
                foreach (var id in database.Query(statements => statements.List(r => Encodings.ToId(r.GetString(0)), chosen, key)))
                    if (!held.ContainsKey(id))
                        held.Add(id, await turns.HoldAsync(id, ct));
                removed = await database.WriteAsync(w => DeleteRows(w, chosen, key, held.Keys, also), ct);
            }

            await turns.AnnounceWithdrawnAsync(removed.Waiting);
            await RemoveFilesAsync(removed);
            forgetting.Tell(removed.Conversations);
        }
        finally
        {
            foreach (var hold in held.Values)
                await hold.DisposeAsync();
        }
    }

    /// <returns>Null, and nothing is changed, when a conversation is among them that is not held.</returns>
    static Removed? DeleteRows(WriteScope w, string chosen, Guid key, ICollection<Guid> held, Action<WriteScope, IReadOnlyList<Guid>> also)
    {
        var ids = w.List(r => Encodings.ToId(r.GetString(0)), chosen, key);
        if (ids.Exists(id => !held.Contains(id)))
            return null;
        // One statement for any number: the ids as the tables write them, and as everything outside writes them.
        var compact = JsonArray(ids.Select(Encodings.ToText));
        var dashed = JsonArray(ids.Select(id => id.ToString()));
        var uploads = UploadLinks.DeleteOfConversations(w, dashed);
        // Sent while the conversation was held: whoever waits for them has to hear that they are gone.
        var waiting = w.List(r => Encodings.ToId(r.GetString(0)), $"SELECT id FROM turns WHERE log_closed = 0 AND status = 'queued' AND conversation_id {InList}", compact);
        w.Execute($"DELETE FROM message_events WHERE message_id IN (SELECT id FROM messages WHERE conversation_id {InList})", compact);
        ApprovalRows.RemoveOfConversations(w, compact);
        foreach (var table in (ReadOnlySpan<string>)["messages", "turns"])
            w.Execute($"DELETE FROM {table} WHERE conversation_id {InList}", compact);
        w.Execute($"DELETE FROM pins WHERE item_type = 'conversation' AND lower(replace(item_id, '-', '')) {InList}", compact);
        w.Execute($"UPDATE schedules SET last_result_conversation_id = NULL WHERE last_result_conversation_id {InList}", compact);
        w.Execute($"UPDATE schedule_runs SET conversation_id = NULL WHERE conversation_id {InList}", compact);
        w.Execute($"UPDATE channel_bindings SET anton_conversation_id = NULL WHERE anton_conversation_id {InList}", compact);
        w.Execute($"UPDATE channel_sessions SET anton_session_id = NULL WHERE lower(replace(anton_session_id, '-', '')) {InList}", compact);
        w.Execute($"DELETE FROM conversations WHERE id {InList}", compact);
        also(w, ids);
        return new(ids, uploads, waiting);
    }

    /// <summary>The rows are gone, so the user's wish is fulfilled; what the disk keeps back is for the log.</summary>
    async Task RemoveFilesAsync(Removed removed)
    {
        uploads.RemoveBytes(removed.Uploads);
        foreach (var id in removed.Conversations)
        {
            try
            {
                await logs.RemoveAsync(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogsLeft(log, e, id);
            }
        }
    }

    static string JsonArray(IEnumerable<string> texts) => $"[{string.Join(',', texts.Select(t => $"\"{t}\""))}]";

    [LoggerMessage(LogLevel.Warning, "The turn logs of conversation {Id}, which was deleted, could not be removed")]
    static partial void LogsLeft(ILogger log, Exception e, Guid id);

    sealed record Removed(IReadOnlyList<Guid> Conversations, IReadOnlyList<UploadBytes> Uploads, IReadOnlyList<Guid> Waiting);
}
