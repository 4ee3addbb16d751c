using Cowork.Host.Platform.Data;

namespace Cowork.Host.Features.Conversations;

/// <summary>Writes messages that no turn made: copied and imported ones.</summary>
static class MessageRows
{
    public static void Insert(WriteScope w, Message message) =>
        w.Execute(
            "INSERT INTO messages (id, conversation_id, role, content, harness, position, turn_id, created_at, modified_at, transcript) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
            message.Id, message.ConversationId, message.Role, message.Content, message.Harness, message.Position, message.TurnId, message.CreatedAt, message.Transcript);

    /// <summary>Notes how an answer ended that a turn elsewhere made.</summary>
    public static void InsertEnd(WriteScope w, Message answer, Message? question, string status, string? errorCode, string? error) =>
        w.Execute(
            """
            INSERT INTO turns (id, conversation_id, number, status, harness, input, user_message_id, assistant_message_id, error_code, error, log_closed, created_at, finished_at, modified_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?11, ?11, ?11)
            """,
            answer.TurnId, answer.ConversationId, answer.Position, status, answer.Harness ?? "", question?.Content ?? "null", question?.Id, answer.Id, errorCode, error, answer.CreatedAt);

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
