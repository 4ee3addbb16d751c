using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>The body of <c>POST /responses</c>.</summary>
/// <param name="Input">A string, or a list of messages of which the last user message counts.</param>
/// <param name="Stream">Whether the answer comes as SSE.</param>
/// <param name="Conversation">A UUID, which may be new; any other text opens a new conversation.</param>
/// <param name="Project">Name of the project for a new conversation.</param>
/// <param name="ProjectId">Its id; wins over the name.</param>
/// <param name="Model">Echoed in the answer.</param>
/// <param name="Harness">The agent to run, when not the one of the settings.</param>
/// <param name="AttachmentIds">Uploads to put in front of the text; unknown ones are skipped.</param>
/// <param name="Background">Whether to answer at once with the id, to be polled.</param>
/// <param name="OnBusy"><c>queue</c> (default) or <c>reject</c>: what happens while the conversation's turn is running.</param>
sealed record ResponseRequest(
    JsonElement? Input,
    [property: JsonConverter(typeof(LenientBool))] bool Stream = false,
    string? Conversation = null,
    string? Project = null,
    string? ProjectId = null,
    string? Model = null,
    string? Harness = null,
    IReadOnlyList<string>? AttachmentIds = null,
    [property: JsonConverter(typeof(LenientBool))] bool Background = false,
    string? OnBusy = null);

sealed record CancelRequest(string ConversationId);

sealed record CancelResult(bool Cancelled, string ConversationId);

sealed record InFlight(bool HasBuffer, int LatestSeq, int? TurnId, [property: JsonPropertyName("in_flight")] bool IsInFlight);

sealed record InFlightTurn(Guid ConversationId, int TurnId, int LatestSeq);

sealed record InFlightList([property: JsonPropertyName("in_flight")] IReadOnlyList<InFlightTurn> Turns);

sealed record TailMissing(string Status, string Detail);

sealed record QueuedMessage(string Id, Guid ConversationId, string Status, int Position, string Text, DateTime CreatedAt);

sealed record QueuedMessages(IReadOnlyList<QueuedMessage> Queue);

sealed record Withdrawn(bool Ok);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(ResponseRequest))]
[JsonSerializable(typeof(InFlight))]
[JsonSerializable(typeof(InFlightList))]
[JsonSerializable(typeof(CancelResult))]
[JsonSerializable(typeof(TailMissing))]
[JsonSerializable(typeof(QueuedMessages))]
[JsonSerializable(typeof(Withdrawn))]
sealed partial class TurnsJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CancelRequest))]
sealed partial class CancelJson : JsonSerializerContext;
