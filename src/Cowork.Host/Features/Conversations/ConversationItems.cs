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
    /// <summary>The events of a message come as one text: a row of its own for each would cost more than reading it.</summary>
    const string Select =
        """
        SELECT m.id, m.role, m.content, m.created_at, m.harness, t.id, t.status, t.error_code, t.error,
               (SELECT group_concat(ordered.event_data, ',') FROM (SELECT e.event_data FROM message_events e WHERE e.message_id = m.id ORDER BY e.sequence_number) ordered),
               t.input_tokens, t.output_tokens, t.cached_input_tokens
        FROM messages m LEFT JOIN turns t ON t.id = m.turn_id AND t.conversation_id = m.conversation_id
        WHERE m.conversation_id = ?1 ORDER BY m.position, m.rowid
        """;

    /// <summary>Writes the conversation's messages with their events as a JSON array, in order.</summary>
    /// <exception cref="ApiException">404: no such conversation.</exception>
    public void Write(Guid conversationId, Utf8JsonWriter json) =>
        database.Query(statements =>
        {
            if (statements.Scalar("SELECT 1 FROM conversations WHERE id = ?1", conversationId) is null)
                throw ConversationList.Missing();
            using var messages = statements.Query(Select, conversationId);
            json.WriteStartArray();
            while (messages.Read())
                WriteItem(json, messages);
            json.WriteEndArray();
            return true;
        });

    static void WriteItem(Utf8JsonWriter json, SqliteDataReader message)
    {
        var role = message.GetString(1);
        json.WriteStartObject();
        json.WriteString("id"u8, Encodings.ToId(message.GetString(0)));
        json.WriteString("role"u8, role);
        json.WritePropertyName("content"u8);
        WriteStored(json, message, 2, "null"u8);
        json.WriteString("created_at"u8, Encodings.ToTime(message.GetString(3)));
        json.WriteStartArray("events"u8);
        if (!message.IsDBNull(9))
            WriteStored(json, message, 9, default);
        json.WriteEndArray();
        if (role == Message.Assistant)
            WriteAnswerFields(json, message);
        json.WriteEndObject();
    }

    /// <summary>Stored JSON is UTF-8 in the file and in the answer: its bytes are passed on.</summary>
    static void WriteStored(Utf8JsonWriter json, SqliteDataReader row, int column, ReadOnlySpan<byte> otherwise) =>
        json.WriteRawValue(row.IsDBNull(column) ? otherwise : row.GetFieldValue<byte[]>(column), skipInputValidation: true);

    static void WriteAnswerFields(Utf8JsonWriter json, SqliteDataReader message)
    {
        if (!message.IsDBNull(4))
            json.WriteString("harness"u8, message.GetString(4));
        if (message.IsDBNull(5))
            return;
        json.WriteString("response_id"u8, $"resp-{Encodings.ToId(message.GetString(5))}");
        json.WriteString("status"u8, message.GetString(6));
        UsageJson.Write(json, message.GetInt64(10), message.GetInt64(11), message.GetInt64(12));
        if (message.IsDBNull(7))
            return;
        json.WriteString("error_code"u8, message.GetString(7));
        json.WriteString("error"u8, message.GetString(8));
    }
}
