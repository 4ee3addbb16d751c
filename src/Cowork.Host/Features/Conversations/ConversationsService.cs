using System.Text.Json;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>The conversations and what was said in them.</summary>
[FeatureService]
sealed class ConversationsService(Database database)
{
    /// <summary>Writes the conversation's messages with their events as a JSON array, in order.</summary>
    /// <exception cref="ApiException">404: no such conversation.</exception>
    public void WriteItems(Guid conversationId, Utf8JsonWriter json)
    {
        using var db = database.Read();
        if (!db.Conversations.Any(c => c.Id == conversationId))
            throw ApiException.NotFound("conversation_not_found", "There is no conversation with this id.");
        var messages = db.Messages.Where(m => m.ConversationId == conversationId).OrderBy(m => m.Position).ToList();
        var events = db.MessageEvents.Join(db.Messages.Where(m => m.ConversationId == conversationId), e => e.MessageId, m => m.Id, (e, _) => new { e.MessageId, e.SequenceNumber, e.EventData })
            .OrderBy(e => e.SequenceNumber).ToList().ToLookup(e => e.MessageId, e => e.EventData);
        var turns = db.Turns.Where(t => t.ConversationId == conversationId).ToDictionary(t => t.Id);

        json.WriteStartArray();
        foreach (var message in messages)
            WriteItem(json, message, events[message.Id], message.TurnId is { } id ? turns.GetValueOrDefault(id) : null);
        json.WriteEndArray();
    }

    static void WriteItem(Utf8JsonWriter json, Message message, IEnumerable<string> events, Turn? turn)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, message.Id);
        json.WriteString("role"u8, message.Role);
        json.WritePropertyName("content"u8);
        json.WriteRawValue(message.Content ?? "null");
        json.WriteString("created_at"u8, message.CreatedAt);
        json.WriteStartArray("events"u8);
        foreach (var payload in events)
            json.WriteRawValue(payload, skipInputValidation: true);
        json.WriteEndArray();
        if (message.Role == Message.Assistant)
            WriteAnswerFields(json, message, turn);
        json.WriteEndObject();
    }

    static void WriteAnswerFields(Utf8JsonWriter json, Message message, Turn? turn)
    {
        if (message.Harness is not null)
            json.WriteString("harness"u8, message.Harness);
        if (turn is null)
            return;
        json.WriteString("response_id"u8, turn.ResponseId);
        json.WriteString("status"u8, turn.Status);
        if (turn.ErrorCode is null)
            return;
        json.WriteString("error_code"u8, turn.ErrorCode);
        json.WriteString("error"u8, turn.Error);
    }
}
