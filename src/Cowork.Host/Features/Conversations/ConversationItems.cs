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
    /// <summary>Messages of a page. Only rows that the reference wrote since the last start have no position.</summary>
    const string After = "(?2 IS NULL OR (COALESCE(m.position, -1), m.rowid) > (SELECT COALESCE(a.position, -1), a.rowid FROM messages a WHERE a.id = ?2))";

    /// <summary>The events of a message come as one text: a row of its own for each would cost more than reading it.</summary>
    const string Select =
        $"""
        SELECT m.id, m.role, m.content, m.created_at, m.harness, t.id, t.status, t.error_code, t.error,
               (SELECT '[' || group_concat(ordered.event_data, ',') || ']' FROM (SELECT e.event_data FROM message_events e WHERE e.message_id = m.id ORDER BY e.sequence_number) ordered),
               m.transcript, t.input_tokens, t.output_tokens, t.cached_input_tokens
        FROM messages m LEFT JOIN turns t ON t.id = m.turn_id AND t.conversation_id = m.conversation_id
        WHERE m.conversation_id = ?1 AND {After}
        ORDER BY m.position, m.rowid LIMIT ?3
        """;

    /// <summary>Changes with everything that the items show: messages, their events, and how their turns stand.</summary>
    const string State =
        """
        SELECT c.modified_at, COUNT(m.id), MAX(m.modified_at), SUM((SELECT MAX(e.sequence_number) FROM message_events e WHERE e.message_id = m.id)),
               (SELECT group_concat(t.status) FROM turns t WHERE t.conversation_id = c.id)
        FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id WHERE c.id = ?1 GROUP BY c.id
        """;

    /// <summary>What a caller can be told before the items are read.</summary>
    /// <exception cref="ApiException">404: no such conversation, or the message to go on after is gone.</exception>
    public ItemsState Look(Guid conversationId, Page page) =>
        database.Query(statements =>
        {
            if (statements.List(r => string.Join('|', Enumerable.Range(0, r.FieldCount).Select(r.GetValue)), State, conversationId) is not [var state])
                throw ConversationList.Missing();
            if (page is { After: null, Limit: null })
                return new ItemsState(state, false);
            if (page.AfterId is { } after && statements.Scalar("SELECT 1 FROM messages WHERE id = ?1 AND conversation_id = ?2", after, conversationId) is null)
                throw Page.Gone();
            var left = (long)statements.Scalar(
                $"SELECT COUNT(*) FROM messages m WHERE m.conversation_id = ?1 AND {After}", conversationId, page.AfterId)!;
            return new ItemsState(state, left > page.Limit);
        });

    /// <summary>Writes the conversation's messages with their events as a JSON array, in order.</summary>
    /// <exception cref="ApiException">404: no such conversation.</exception>
    /// <param name="withTranscripts">Whether answers show what they did beside talking, which clients have no use for.</param>
    public void Write(Guid conversationId, Page page, Utf8JsonWriter json, bool withTranscripts = false) =>
        database.Query(statements =>
        {
            if (statements.Scalar("SELECT 1 FROM conversations WHERE id = ?1", conversationId) is null)
                throw ConversationList.Missing();
            using var messages = statements.Query(Select, conversationId, page.AfterId, (long?)page.Limit ?? -1L);
            json.WriteStartArray();
            while (messages.Read())
                WriteItem(json, statements, messages, withTranscripts);
            json.WriteEndArray();
            return true;
        });

    static void WriteItem(Utf8JsonWriter json, PreparedStatements statements, SqliteDataReader message, bool withTranscript)
    {
        var role = message.GetString(1);
        json.WriteStartObject();
        json.WriteString("id"u8, Encodings.ToId(message.GetString(0)));
        json.WriteString("role"u8, role);
        json.WritePropertyName("content"u8);
        // Stored JSON is UTF-8 in the file and in the answer: its bytes are passed on.
        if (message.IsDBNull(2))
            json.WriteNullValue();
        else
            StoredJson.Write(json, message.GetFieldValue<byte[]>(2));
        json.WriteString("created_at"u8, Encodings.ToTime(message.GetString(3)));
        json.WritePropertyName("events"u8);
        if (message.IsDBNull(9) || !StoredJson.TryWrite(json, message.GetFieldValue<byte[]>(9)))
            WriteEvents(json, statements, message.GetString(0));
        if (role == Message.Assistant)
            WriteAnswerFields(json, message);
        if (withTranscript && !message.IsDBNull(10))
        {
            json.WritePropertyName("transcript"u8);
            StoredJson.Write(json, message.GetFieldValue<byte[]>(10));
        }

        json.WriteEndObject();
    }

    /// <summary>One by one, for a message with none or with one that is no JSON.</summary>
    static void WriteEvents(Utf8JsonWriter json, PreparedStatements statements, string message)
    {
        json.WriteStartArray();
        using (var events = statements.Query("SELECT event_data FROM message_events WHERE message_id = ?1 AND event_data IS NOT NULL ORDER BY sequence_number", message))
            while (events.Read())
                StoredJson.Write(json, events.GetFieldValue<byte[]>(0));
        json.WriteEndArray();
    }

    static void WriteAnswerFields(Utf8JsonWriter json, SqliteDataReader message)
    {
        if (!message.IsDBNull(4))
            json.WriteString("harness"u8, message.GetString(4));
        if (message.IsDBNull(5))
            return;
        json.WriteString("response_id"u8, $"resp-{Encodings.ToId(message.GetString(5))}");
        json.WriteString("status"u8, message.GetString(6));
        UsageJson.Write(json, message.GetInt64(11), message.GetInt64(12), message.GetInt64(13));
        if (message.IsDBNull(7))
            return;
        json.WriteString("error_code"u8, message.GetString(7));
        json.WriteString("error"u8, message.GetString(8));
    }
}

/// <param name="Tag">Differs once anything in the conversation has.</param>
/// <param name="HasMore">Whether messages follow those of the page.</param>
sealed record ItemsState(string Tag, bool HasMore);
