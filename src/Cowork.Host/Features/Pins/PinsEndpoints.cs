using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Pins;

sealed class PinsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var pins = api.MapGroup("/pins").WithTags("Pins");
        pins.MapGet("/", List);
        pins.MapPost("/", Create);
        pins.MapPost("/{itemId}/visit", Visit);
        pins.MapDelete("/{itemId}", Delete);
    }

    static IResult List(HttpRequest request, PinsService pins)
    {
        var page = Page.Of(request).Cut(pins.List(), p => p.Id);
        return PolledJson.Of(new(page.Items, page.HasMore), PinsJson.Default.PinList);
    }

    static async Task<IResult> Create(HttpRequest request, PinsService pins, CancellationToken ct)
    {
        var write = await JsonBody.ReadAsync(request, PinsJson.Default.PinWrite, bothCases: true);
        var pin = await pins.PinAsync(write.ItemType, write.ItemId, write.Title, ct);
        return TypedResults.Json(new(PinRow.Of(pin)), PinsJson.Default.Pinned, statusCode: StatusCodes.Status201Created);
    }

    /// <summary>A conversation was opened; whoever likes that pins it.</summary>
    static async Task<IResult> Visit(HttpRequest request, string itemId, PinsService pins, CancellationToken ct)
    {
        var autoPin = false;
        if (request.Query["auto_pin"] is [var text, ..] && !LenientBool.TryParse(text, out autoPin))
            throw ApiException.Invalid("auto_pin", "auto_pin must be true or false.");
        if (autoPin)
            await pins.PinAsync(Pin.Conversation, itemId, request.Query["title"], ct);
        return TypedResults.Json(new(true), PinsJson.Default.PinDone);
    }

    static async Task<IResult> Delete(HttpRequest request, string itemId, PinsService pins, CancellationToken ct)
    {
        await pins.UnpinAsync(request.Query["item_type"] is [{ Length: > 0 } type, ..] ? type : Pin.Conversation, itemId, ct);
        return TypedResults.Json(new(true), PinsJson.Default.PinDone);
    }
}
