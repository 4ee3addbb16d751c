using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Turns;

/// <summary>What a caller asked for beside the message; kept with the turn, because it may have to wait.</summary>
/// <param name="AttachmentIds">Uploads to put in front of the text.</param>
sealed record TurnOptions(IReadOnlyList<Guid> AttachmentIds);

[JsonSerializable(typeof(TurnOptions))]
sealed partial class TurnOptionsJson : JsonSerializerContext;
