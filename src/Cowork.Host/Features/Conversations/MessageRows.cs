using Cowork.Host.Platform.Data;

namespace Cowork.Host.Features.Conversations;

/// <summary>Writes messages that no turn made: copied and imported ones.</summary>
static class MessageRows
{
    public static void Insert(WriteScope w, Message message) =>
        w.Execute(
            "INSERT INTO messages (id, conversation_id, role, content, harness, position, created_at, modified_at, transcript) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)",
            message.Id, message.ConversationId, message.Role, message.Content, message.Harness, message.Position, message.CreatedAt, message.Transcript);

    public static void InsertEvent(WriteScope w, Guid messageId, int sequenceNumber, string payload, DateTime createdAt) =>
        w.Execute(
            "INSERT INTO message_events (id, message_id, sequence_number, event_data, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            Guid.CreateVersion7(), messageId, sequenceNumber, payload, createdAt);

    public static void CopyEvents(WriteScope w, Guid from, Guid to) =>
        w.Execute(
            """
            INSERT INTO message_events (id, message_id, sequence_number, event_data, created_at, modified_at)
            SELECT lower(hex(randomblob(16))), ?2, sequence_number, event_data, created_at, modified_at FROM message_events WHERE message_id = ?1
            """,
            from, to);
}
