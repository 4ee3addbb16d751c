using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>A turn as one JSON answer, while it waits or runs and after it has ended.</summary>
[FeatureService]
sealed class TurnAnswers(Database database, TurnStore store)
{
    const string IdPrefix = "resp-";

    /// <exception cref="ApiException">404: no such turn.</exception>
    public Turn Find(string responseId) =>
        Guid.TryParse(responseId.StartsWith(IdPrefix, StringComparison.Ordinal) ? responseId[IdPrefix.Length..] : responseId, out var id) && store.Find(id) is { } turn
            ? turn
            : throw ApiException.NotFound("response_not_found", "There is no response with this id.");

    /// <param name="failAsError">Whether a failed turn becomes an error status, as callers who wait for an answer expect.</param>
    public async Task WriteAsync(HttpContext http, Guid turnId, bool failAsError)
    {
        var turn = store.Find(turnId) ?? throw ApiException.NotFound("response_not_found", TurnOutcome.Deleted.Error!);
        if (failAsError && turn.ErrorCode is { } code)
        {
            var problem = Problem.Of(http, StatusOf(code), code, turn.Error!) with { ConversationId = turn.ConversationId, ResponseId = turn.ResponseId };
            await problem.WriteAsync(http);
            return;
        }

        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter, AsciiJson.Options);
        json.WriteStartObject();
        var isOver = turn.Status is not (TurnStatus.Queued or TurnStatus.Running);
        ResponseJson.WriteBody(
            json,
            turn,
            StatusOnWire(turn.Status),
            new DateTimeOffset(turn.CreatedAt).ToUnixTimeSeconds(),
            isOver ? Answer(turn) : null,
            $"msg-{turn.AssistantMessageId}",
            isOver ? (turn.InputTokens, turn.OutputTokens, turn.CachedInputTokens) : null);
        json.WriteString("conversation_id"u8, turn.ConversationId);
        json.WriteString("harness"u8, turn.Harness);
        json.WriteEndObject();
    }

    /// <summary>What the turn said; null when it did not come to that.</summary>
    string? Answer(Turn turn)
    {
        var content = (string?)database.Query(statements => statements.Scalar("SELECT content FROM messages WHERE id = ?1", turn.AssistantMessageId));
        var text = content is null ? "" : MessageContent.Parse(content).Text("");
        return text.Length == 0 && turn.Status != TurnStatus.Completed ? null : text;
    }

    /// <summary>The words of the OpenAI Responses API.</summary>
    static string StatusOnWire(string status) => status switch
    {
        TurnStatus.Running => "in_progress",
        TurnStatus.Interrupted => "incomplete",
        _ => status,
    };

    /// <summary>400 where the caller can put it right, else whose fault it is and whether to try again.</summary>
    static int StatusOf(string code) => code switch
    {
        FailureCodes.ImageFormat or FailureCodes.ContextOverflow or FailureCodes.NotConfigured or FailureCodes.UnknownModel
            or FailureCodes.UnknownHarness or FailureCodes.ProviderRejected or FailureCodes.ProviderAuth => StatusCodes.Status400BadRequest,
        FailureCodes.Cancelled => StatusCodes.Status409Conflict,
        FailureCodes.RateLimited => StatusCodes.Status429TooManyRequests,
        FailureCodes.ProviderOverloaded or FailureCodes.Interrupted or FailureCodes.PluginReplaced => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
