using System.Text.Json;
using Cowork.Host.Features.Conversations;

namespace Cowork.Host.Features.Turns;

/// <summary>The <c>response</c> object, the same in frames and in JSON answers.</summary>
static class ResponseJson
{
    /// <summary>Writes the members into an object that the caller has begun.</summary>
    /// <param name="answer">The whole answer, or null while there is none to show.</param>
    /// <param name="itemId">Id of the answer's item.</param>
    /// <param name="usage">Tokens of the turn, or null to leave them out.</param>
    public static void WriteBody(
        Utf8JsonWriter json, Turn turn, string status, long createdAt, string? answer, string itemId, (long Input, long Output, long Cached)? usage)
    {
        json.WriteString("id"u8, turn.ResponseId);
        json.WriteString("object"u8, "response"u8);
        json.WriteNumber("created_at"u8, createdAt);
        json.WriteString("status"u8, status);
        WriteError(json, turn);
        json.WriteString("model"u8, turn.Model);
        json.WriteStartArray("output"u8);
        if (answer is not null)
            WriteMessage(json, answer, itemId, status == TurnStatus.Completed ? "completed"u8 : "incomplete"u8);
        json.WriteEndArray();
        if (usage is { } tokens)
            UsageJson.Write(json, tokens.Input, tokens.Output, tokens.Cached);
    }

    static void WriteError(Utf8JsonWriter json, Turn turn)
    {
        if (turn.ErrorCode is null)
        {
            json.WriteNull("error"u8);
            return;
        }

        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, turn.ErrorCode);
        json.WriteString("message"u8, turn.Error);
        json.WriteEndObject();
    }

    static void WriteMessage(Utf8JsonWriter json, string answer, string itemId, ReadOnlySpan<byte> status)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "message"u8);
        json.WriteString("id"u8, itemId);
        json.WriteString("status"u8, status);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteStartArray("content"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "output_text"u8);
        json.WriteString("text"u8, answer);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
