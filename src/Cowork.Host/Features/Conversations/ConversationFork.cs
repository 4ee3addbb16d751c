using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Features.Conversations;

/// <summary>Begins a new conversation from a point of another one. The copy is whole: it outlives the original.</summary>
[FeatureService]
sealed class ConversationFork(Database database, UploadCopies copies, ConversationList list, TimeProvider time)
{
    /// <param name="id">The original.</param>
    /// <param name="upTo">Its last message that is copied; null for all.</param>
    /// <exception cref="ApiException">404: no such conversation, or no such message in it.</exception>
    public async Task<ConversationView> ForkAsync(Guid id, Guid? upTo, CancellationToken ct)
    {
        var original = list.Get(id);
        var copy = new Conversation
        {
            Id = Guid.CreateVersion7(),
            Topic = Titles.OfCopy(original.Title),
            ProjectId = original.ProjectId,
            CreatedAt = time.UtcNow(),
            ModifiedAt = time.UtcNow(),
        };
        using var uploads = await copies.MakeAsync(original.Project ?? "", id, copy.Id, ct);
        await database.WriteAsync(
            w =>
            {
                var last = upTo is null ? long.MaxValue : PositionOf(w, id, upTo.Value);
                copy.DisabledConnections = (string?)w.Scalar("SELECT disabled_connections FROM conversations WHERE id = ?1", id);
                if (!ConversationRows.Insert(w, copy))
                    throw ConversationList.Missing();
                foreach (var message in w.Db.Messages.AsNoTracking().Where(m => m.ConversationId == id && m.Position <= last).OrderBy(m => m.Position).ToList())
                    Copy(w, message, copy.Id, uploads);
                uploads.Insert(w);
            },
            ct);
        uploads.Keep();
        return list.Get(copy.Id);
    }

    static long PositionOf(WriteScope w, Guid conversation, Guid message) =>
        (long?)w.Scalar("SELECT position FROM messages WHERE id = ?1 AND conversation_id = ?2", message, conversation)
            ?? throw ApiException.NotFound("message_not_found", "There is no message with this id in the conversation.");

    static void Copy(WriteScope w, Message message, Guid conversation, UploadCopies.Set uploads)
    {
        var copy = new Message
        {
            Id = Guid.CreateVersion7(),
            ConversationId = conversation,
            Role = message.Role,
            Content = uploads.Rename(message.Content),
            Harness = message.Harness,
            Transcript = message.Transcript,
            Position = message.Position,
            CreatedAt = message.CreatedAt,
        };
        MessageRows.Insert(w, copy);
        MessageRows.CopyEvents(w, message.Id, copy.Id);
    }
}
