using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>Checks a key that the user has just typed, with one tiny chat request.</summary>
[FeatureService]
sealed partial class ProviderValidator(ProviderHttp http, SettingsService settings)
{
    const string OpenAiModel = "gpt-5.5";
    const string NoConnection = "Cannot connect";
    const string WrongKey = "Invalid API key";
    const int MaxMessage = 300;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <returns>Null when the provider answered, else why not.</returns>
    public async Task<string?> ValidateAsync(ValidateProvider asked, CancellationToken ct)
    {
        var isAnthropic = asked.Provider == Providers.Anthropic;
        HttpRequestMessage? request;
        switch (asked.Provider)
        {
            case Providers.Anthropic:
                request = ChatPing.Anthropic(Model(asked, Providers.DefaultModels(Providers.Anthropic).Coding!));
                break;
            case "minds":
                request = ChatPing.OpenAi(ProviderHttp.Below(ModelSettings.ChatBase(Or(asked.BaseUrl, settings.Get("minds_url"))!), "/chat/completions"), Model(asked, ChatPing.MindsModel));
                break;
            case "openai-compatible":
                request = ChatPing.OpenAi(ChatAddress(Or(asked.BaseUrl, settings.Get("openai_base_url"))), Model(asked, OpenAiModel));
                break;
            default:
                return "Unknown provider";
        }

        if (request is null)
            return "The base URL must begin with http:// or https://";
        // Local servers take no key; everybody else says so themselves.
        if (asked.ApiKey.Trim().Length > 0 && !ProviderHttp.TryAuthorize(request, isAnthropic ? "x-api-key" : "Authorization", new Secret(asked.ApiKey)))
        {
            request.Dispose();
            return WrongKey;
        }

        try
        {
            return await http.SendAsync(request, Limit, (response, body) => ExplainAsync(response, asked.ApiKey, body), ct);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            return e is TimeoutException ? ProviderHttp.Describe(e, Limit) : NoConnection;
        }
    }

    static async Task<string?> ExplainAsync(HttpResponseMessage response, string key, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        if (status < 400)
            return null;
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            return WrongKey;
        return Message(await response.Content.ReadAsByteArrayAsync(ct), key) ?? string.Create(CultureInfo.InvariantCulture, $"HTTP {status}");
    }

    /// <summary>The body's <c>error.message</c>, which may quote the key.</summary>
    static string? Message(byte[] body, string key)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("error", out var error)
                || error.ValueKind != JsonValueKind.Object || !error.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.String)
                return null;
            var text = message.GetString()!;
            if (key.Trim() is { Length: > 0 } secret)
                text = text.Replace(secret, "***", StringComparison.Ordinal);
            return text.Length == 0 ? null : text.Length > MaxMessage ? text[..MaxMessage] + "…" : text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The version part is added when it was left out.</summary>
    static Uri? ChatAddress(string? baseUrl) =>
        baseUrl is null ? null : ProviderHttp.Below(baseUrl, HasVersion().IsMatch(baseUrl) ? "/chat/completions" : "/v1/chat/completions");

    static string Model(ValidateProvider asked, string fallback) => Or(asked.Model, fallback)!;

    static string? Or(string? text, string? fallback) => string.IsNullOrWhiteSpace(text) ? fallback : text;

    [GeneratedRegex(@"/v\d", RegexOptions.None, 1000)]
    private static partial Regex HasVersion();
}
