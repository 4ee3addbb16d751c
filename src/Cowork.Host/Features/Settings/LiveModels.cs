using System.Collections.Concurrent;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>A model that a provider says it has.</summary>
sealed record LiveModel(string Id, ModelEffort? Effort);

/// <summary>Model lists asked from providers; remembered for a while, and asked only once at a time. Thread-safe.</summary>
[FeatureService]
sealed partial class LiveModels(ProviderHttp http, TimeProvider time, ILogger<LiveModels> log)
{
    public static readonly Task<IReadOnlyList<LiveModel>?> None = Task.FromResult<IReadOnlyList<LiveModel>?>(null);
    static readonly TimeSpan KeepList = TimeSpan.FromSeconds(300);
    static readonly TimeSpan KeepFailure = TimeSpan.FromSeconds(30);
    readonly ConcurrentDictionary<Uri, Answer> _answers = new();

    /// <returns>The models, or null when the provider does not say.</returns>
    public Task<IReadOnlyList<LiveModel>?> GetAsync(Uri url, Secret? key, TimeSpan limit)
    {
        lock (_answers)
        {
            if (_answers.TryGetValue(url, out var known) && Equals(known.Key, key) && !(known.Expires < time.GetUtcNow()))
                return known.Models;
            var answer = new Answer(key);
            _answers[url] = answer;
            // Nobody's request cancels it: several may wait for the same answer.
            return answer.Models = FetchAsync(answer, url, key, limit);
        }
    }

    async Task<IReadOnlyList<LiveModel>?> FetchAsync(Answer answer, Uri url, Secret? key, TimeSpan limit)
    {
        IReadOnlyList<LiveModel>? models = null;
        try
        {
            var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (key is null || ProviderHttp.TryAuthorize(request, "Authorization", key))
                models = await http.SendAsync(request, limit, ReadAsync, CancellationToken.None);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or JsonException)
        {
            ListUnavailable(log, url.Host, ProviderHttp.Describe(e, limit));
        }

        answer.Expires = time.GetUtcNow() + (models is null ? KeepFailure : KeepList);
        return models;
    }

    static async Task<IReadOnlyList<LiveModel>?> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
            return null;
        using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? [.. data.EnumerateArray().Select(Parse).OfType<LiveModel>()]
            : null;
    }

    static LiveModel? Parse(JsonElement model)
    {
        if (Text(model, "id") is not { Length: > 0 } id)
            return null;
        var efforts = model.TryGetProperty("reasoning_efforts", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!).ToList()
            : [];
        return new(id, efforts.Count == 0 ? null : new(efforts, Text(model, "default_reasoning_effort")));
    }

    static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    [LoggerMessage(LogLevel.Warning, "The models of {Host} could not be listed: {Reason}")]
    static partial void ListUnavailable(ILogger log, string host, string reason);

    sealed class Answer(Secret? key)
    {
        public Secret? Key => key;
        public Task<IReadOnlyList<LiveModel>?> Models { get; set; } = None;

        /// <summary>Null until the answer is there.</summary>
        public DateTimeOffset? Expires { get; set; }
    }
}
