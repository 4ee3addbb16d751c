using System.Net;
using System.Text.Json;
using Coravel.Scheduling.Schedule.Interfaces;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>A model server on this computer.</summary>
/// <param name="BaseUrl">For <c>openai_base_url</c>.</param>
/// <param name="Settings">What to store in order to use it.</param>
sealed record LocalProvider(string Id, string Label, string BaseUrl, IReadOnlyList<string> Models, IReadOnlyDictionary<string, string> Settings);

/// <summary>
/// Finds Ollama and LM Studio where they listen by default, so that nobody needs a key to begin. Asked when somebody looks at the
/// settings, and now and then while no provider can be used; never for a message.
/// </summary>
[FeatureService]
sealed class LocalProviders(ProviderHttp http, ServerOptions options)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    volatile IReadOnlyList<LocalProvider> _found = [];

    /// <summary>What answered when it was last asked.</summary>
    public IReadOnlyList<LocalProvider> Found => _found;

    /// <summary>A sentence for somebody who has no provider yet; null when nothing is there.</summary>
    public string? Hint => _found.FirstOrDefault(p => p.Settings.ContainsKey("planning_model")) is { } local
        ? $"{local.Label} is running on this computer: set planning_provider to {Providers.OpenAiCompatible}, openai_base_url to {local.BaseUrl} and planning_model to {local.Settings["planning_model"]} to use it."
        : null;

    /// <summary>Whether an address is where one of them listens. Another server on this computer may well want a key.</summary>
    public bool IsAt(Uri address) => address.IsLoopback && address.Port != 0 && (address.Port == options.OllamaPort || address.Port == options.LmStudioPort);

    public async Task<IReadOnlyList<LocalProvider>> FindAsync(CancellationToken ct)
    {
        var answers = await Task.WhenAll(
            AskAsync("ollama", "Ollama", options.OllamaPort, "/api/tags", "models", "name", ct),
            AskAsync("lm_studio", "LM Studio", options.LmStudioPort, "/v1/models", "data", "id", ct));
        return _found = [.. answers.OfType<LocalProvider>()];
    }

    /// <returns>Null when nothing answers there, or something else.</returns>
    async Task<LocalProvider?> AskAsync(string id, string label, int port, string path, string list, string name, CancellationToken ct)
    {
        if (port == 0)
            return null;
        var address = new UriBuilder(Uri.UriSchemeHttp, IPAddress.Loopback.ToString(), port).Uri;
        try
        {
            var models = await http.SendAsync(new(HttpMethod.Get, new Uri(address, path)), Limit, (response, body) => ReadAsync(response, list, name, body), ct);
            return models is null ? null : Describe(id, label, new Uri(address, "/v1").ToString(), models);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or JsonException)
        {
            return null;
        }
    }

    static LocalProvider Describe(string id, string label, string baseUrl, IReadOnlyList<string> models)
    {
        var settings = new Dictionary<string, string>
        {
            ["planning_provider"] = Providers.OpenAiCompatible,
            ["coding_provider"] = Providers.OpenAiCompatible,
            ["openai_base_url"] = baseUrl,
        };
        // Both list models for embeddings beside those that answer, in no order; only their names tell them apart.
        if (models.FirstOrDefault(model => !model.Contains("embed", StringComparison.OrdinalIgnoreCase)) is { } first)
            (settings["planning_model"], settings["coding_model"]) = (first, first);
        return new(id, label, baseUrl, models, settings);
    }

    static async Task<IReadOnlyList<string>?> ReadAsync(HttpResponseMessage response, string list, string name, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
            return null;
        using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(list, out var models) && models.ValueKind == JsonValueKind.Array
            ? [.. models.EnumerateArray().Select(m => Name(m, name)).OfType<string>()]
            : null;
    }

    static string? Name(JsonElement model, string name) =>
        model.ValueKind == JsonValueKind.Object && model.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } found ? found : null;
}

/// <summary>Looks for local providers while there is no other.</summary>
sealed class LocalProvidersWatch(ModelSettings models) : IRecurringWork
{
    public IScheduledEventConfiguration When(IScheduleInterval interval) => interval.EveryMinute();

    public Task RunAsync(CancellationToken ct) => models.LookForLocalAsync(ct);
}
