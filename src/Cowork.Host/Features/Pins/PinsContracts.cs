using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Pins;

sealed record PinWrite(string ItemType, string ItemId, string? Title = null);

sealed record PinRow(Guid Id, string ItemType, string ItemId, string Title, DateTime CreatedAt, DateTime ModifiedAt)
{
    public static PinRow Of(Pin pin) => new(pin.Id, pin.ItemType, pin.ItemId, pin.Title ?? pin.ItemId, pin.CreatedAt, pin.ModifiedAt);
}

sealed record Pinned(PinRow Pin);

sealed record PinList(IReadOnlyList<PinRow> Pins, bool HasMore);

sealed record PinDone(bool Ok);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PinWrite))]
[JsonSerializable(typeof(Pinned))]
[JsonSerializable(typeof(PinList))]
[JsonSerializable(typeof(PinDone))]
sealed partial class PinsJson : JsonSerializerContext;
