using System.Text.Json;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Conversations;

/// <summary>What was said in a conversation, as JSON. Stored payloads are passed on as they are, never parsed.</summary>
[FeatureService]
sealed class ConversationItems(Database database)
{
    const string Messages =
        """
        SELECT m.id, m.role, m.content, m.created_at, m.harness, t.id, t.status, t.error_code, t.error
        FROM messages m LEFT JOIN turns t ON t.id = m.turn_id AND t.conversation_id = m.conversation_id
        WHERE m.conversation_id = ?1 ORDER BY m.position, m.rowid
        """;

    const string Events =
        """
        SELECT e.message_id, e.event_data FROM messages m JOIN message_events e ON e.message_id = m.id
        WHERE m.conversation_id = ?1 ORDER BY m.position, m.rowid, e.sequence_number
        """;

    /// <summary>Writes the conversation's messages with their events as a JSON array, in order.</summary>
    /// <exception cref="ApiException">404: no such conversation.</exception>
    public void Write(Guid conversationId, Utf8JsonWriter json) =>
        database.Query(statements =>
        {
            if (statements.Scalar("SELECT 1 FROM conversations WHERE id = ?1", conversationId) is null)
                throw ConversationList.Missing();
            using var messages = statements.Query(Messages, conversationId);
            using var events = statements.Query(Events, conversationId);
            // Both come in the order of the messages, so they are read side by side.
            var hasEvent = events.Read();
            json.WriteStartArray();
            while (messages.Read())
                WriteItem(json, messages, events, ref hasEvent);
            json.WriteEndArray();
            return true;
        });

    static void WriteItem(Utf8JsonWriter json, SqliteDataReader message, SqliteDataReader events, ref bool hasEvent)
    {
        var id = message.GetString(0);
        var role = message.GetString(1);
        json.WriteStartObject();
        json.WriteString("id"u8, Encodings.ToId(id));
        json.WriteString("role"u8, role);
        json.WritePropertyName("content"u8);
        json.WriteRawValue(message.IsDBNull(2) ? "null" : message.GetString(2), skipInputValidation: true);
        json.WriteString("created_at"u8, Encodings.ToTime(message.GetString(3)));
        json.WriteStartArray("events"u8);
        for (; hasEvent && events.GetString(0) == id; hasEvent = events.Read())
            json.WriteRawValue(events.GetString(1), skipInputValidation: true);
        json.WriteEndArray();
        if (role == Message.Assistant)
            WriteAnswerFields(json, message);
        json.WriteEndObject();
    }

    static void WriteAnswerFields(Utf8JsonWriter json, SqliteDataReader message)
    {
        if (!message.IsDBNull(4))
            json.WriteString("harness"u8, message.GetString(4));
        if (message.IsDBNull(5))
            return;
        json.WriteString("response_id"u8, $"resp-{Encodings.ToId(message.GetString(5))}");
        json.WriteString("status"u8, message.GetString(6));
        if (message.IsDBNull(7))
            return;
        json.WriteString("error_code"u8, message.GetString(7));
        json.WriteString("error"u8, message.GetString(8));
    }
}
