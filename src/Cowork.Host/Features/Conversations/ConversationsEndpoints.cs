using System.Text.Json;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

sealed class ConversationsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var conversations = api.MapGroup("/conversations").WithTags("Conversations");
        conversations.MapGet("/{id}/items", Items);
    }

    static async Task Items(HttpContext http, string id, ConversationsService conversations)
    {
        var conversation = RouteId.Parse(id);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(16 * 1024);
        await using (var json = new Utf8JsonWriter(buffer, AsciiJson.Options))
            conversations.WriteItems(conversation, json);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }
}
