using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Cowork.TestKit;

/// <summary>One frame of a turn's stream.</summary>
/// <param name="Event">The event's type.</param>
/// <param name="Id">The frame's sequence number.</param>
/// <param name="Data">The payload, byte for byte as text.</param>
public sealed record Frame(string Event, string? Id, string Data)
{
    /// <summary>The payload, parsed.</summary>
    public JsonNode Json => JsonNode.Parse(Data)!;

    /// <summary>Whether no frame may follow this one.</summary>
    public bool IsTerminal => Event is "response.completed" or "response.failed";
}

/// <summary>Speaks to a running server as the desktop client does. Thread-safe.</summary>
public sealed class CoworkClient(Uri server) : IDisposable
{
    readonly HttpClient _http = new() { BaseAddress = new(server, "/api/v1/"), Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>The HTTP client; its base address ends in <c>/api/v1/</c>.</summary>
    public HttpClient Http => _http;

    /// <summary>Stores the settings that make Anton talk to a scripted model.</summary>
    public async Task UseModelAsync(Uri baseUrl, CancellationToken ct)
    {
        foreach (var (key, value) in new[]
        {
            ("openai_api_key", "sk-test"), ("openai_base_url", baseUrl.ToString()), ("planning_provider", "openai_compatible"),
            ("coding_provider", "openai_compatible"), ("planning_model", "scripted"), ("coding_model", "scripted"),
        })
        {
            using var answer = await _http.PutAsJsonAsync($"settings/{key}", new JsonObject { ["value"] = value }, ct);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Sends a message and yields the frames of its turn as they come.</summary>
    public IAsyncEnumerable<Frame> AskAsync(string input, Guid? conversation, CancellationToken ct) => AskAsync(JsonValue.Create(input), conversation, ct);

    /// <summary>The same with parts of a message.</summary>
    public IAsyncEnumerable<Frame> AskAsync(JsonNode input, Guid? conversation, CancellationToken ct) =>
        StreamAsync(
            new(HttpMethod.Post, "responses")
            {
                Content = JsonContent.Create(new JsonObject { ["input"] = input, ["stream"] = true, ["conversation"] = conversation?.ToString() }),
            },
            ct);

    /// <summary>Sends a message and does not wait for its answer; ends when the message is stored.</summary>
    public async Task SendAsync(string input, Guid conversation, CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync("responses", new JsonObject { ["input"] = input, ["background"] = true, ["conversation"] = conversation.ToString() }, ct);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Follows the newest turn of a conversation.</summary>
    public IAsyncEnumerable<Frame> TailAsync(Guid conversation, int from, CancellationToken ct) =>
        FollowAsync($"responses/tail?conversation_id={conversation}&from_seq={from}", ct);

    /// <summary>Follows a stream by its path.</summary>
    public IAsyncEnumerable<Frame> FollowAsync(string path, CancellationToken ct) => StreamAsync(new HttpRequestMessage(HttpMethod.Get, path), ct);

    /// <summary>The conversation's messages.</summary>
    public async Task<JsonArray> ItemsAsync(Guid conversation, CancellationToken ct) =>
        (JsonArray)JsonNode.Parse(await _http.GetStringAsync($"conversations/{conversation}/items", ct))!;

    /// <summary>Stops the running turn of a conversation.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> CancelAsync(Guid conversation, CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync("responses/cancel", new JsonObject { ["conversation_id"] = conversation.ToString() }, ct);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(ct))!["cancelled"]!.GetValue<bool>();
    }

    async IAsyncEnumerable<Frame> StreamAsync(HttpRequestMessage request, [EnumeratorCancellation] CancellationToken ct)
    {
        using (request)
        using (var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct))
        {
            response.EnsureSuccessStatusCode();
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            var parser = SseParser.Create(stream);
            await foreach (var e in parser.EnumerateAsync(ct))
                yield return new(e.EventType, e.EventId, e.Data);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
