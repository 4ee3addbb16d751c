using System.Globalization;
using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Settings;

/// <summary>Tries providers with the keys of the settings page, all at once.</summary>
[FeatureService]
sealed class ProviderTester(ProviderHttp http, SettingsService settings)
{
    const string StoredKey = "***";
    const int MostTests = 32;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(12);

    /// <exception cref="ApiException">422: a test without a type, or too many.</exception>
    public async Task<ProviderTestResults> TestAsync(IReadOnlyList<ProviderTest>? asked, CancellationToken ct)
    {
        var tests = asked ?? [.. WithKey().Select(p => new ProviderTest(Providers.ToWire(p), BaseUrl: settings.Get("openai_base_url")))];
        if (tests.Count > MostTests)
            throw ApiException.Invalid("providers", $"At most {MostTests} providers can be tested at once.");
        if (tests.Any(t => string.IsNullOrEmpty(t.Type)))
            throw ApiException.Invalid("type", "Each provider needs a type.");
        var results = await Task.WhenAll(tests.Select(t => TestAsync(t, ct)));

        var (status, details) = (new Dictionary<string, string>(), new Dictionary<string, string>());
        foreach (var (test, (ok, detail)) in tests.Zip(results))
        {
            status[test.Type!] = ok ? "ok" : "fail";
            details[test.Type!] = detail;
        }

        return new(status, details);
    }

    IEnumerable<string> WithKey()
    {
        if (settings.GetSecret("anthropic_api_key") is not null)
            yield return Providers.Anthropic;
        if (settings.GetSecret("minds_api_key") is not null)
            yield return Providers.MindsCloud;
        // One key serves three providers; it must not be shown to one for which it is not meant.
        if (settings.GetSecret("openai_api_key") is not null)
        {
            yield return new[] { settings.Get("planning_provider")!, settings.Get("coding_provider")! }
                .FirstOrDefault(p => p is Providers.OpenAi or Providers.Gemini or Providers.OpenAiCompatible) ?? Providers.OpenAi;
        }
    }

    async Task<(bool Ok, string Detail)> TestAsync(ProviderTest test, CancellationToken ct)
    {
        var provider = Providers.FromWire(test.Type!);
        if (!Providers.All.Contains(provider))
            return (false, "There is no provider of this type");
        var key = test.ApiKey is null or "" or StoredKey ? settings.GetSecret(Providers.KeySetting(provider)) : new Secret(test.ApiKey);
        if (key is null && provider != Providers.OpenAiCompatible)
            return (false, "No API key is set");
        if (Request(provider, test) is not { } request)
            return (false, "The base URL is missing or no http address");
        if (key is not null && !ProviderHttp.TryAuthorize(request, KeyHeader(provider), key))
        {
            request.Dispose();
            return (false, "The API key has characters that no key has");
        }

        try
        {
            var status = await http.SendAsync(request, Limit, static (response, _) => Task.FromResult((int)response.StatusCode), ct);
            return (status < 400, string.Create(CultureInfo.InvariantCulture, $"HTTP {status}"));
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            return (false, ProviderHttp.Describe(e, Limit));
        }
    }

    static string KeyHeader(string provider) => provider switch
    {
        Providers.Anthropic => "x-api-key",
        Providers.Gemini => "x-goog-api-key",
        _ => "Authorization",
    };

    HttpRequestMessage? Request(string provider, ProviderTest test) => provider switch
    {
        Providers.Anthropic => new(HttpMethod.Get, "https://api.anthropic.com/v1/models") { Headers = { { "anthropic-version", ChatPing.AnthropicVersion } } },
        Providers.OpenAi => new(HttpMethod.Get, "https://api.openai.com/v1/models"),
        Providers.Gemini => new(HttpMethod.Get, "https://generativelanguage.googleapis.com/v1beta/models"),
        Providers.MindsCloud => ChatPing.OpenAi(
            ProviderHttp.Below(ModelSettings.ChatBase(test.MindsUrl is { Length: > 0 } url ? url : settings.Get("minds_url")!), "/chat/completions"),
            test.Model is { Length: > 0 } model ? model : ChatPing.MindsModel),
        _ => string.IsNullOrWhiteSpace(test.BaseUrl) || ProviderHttp.Below(test.BaseUrl, "/models") is not { } models ? null : new(HttpMethod.Get, models),
    };
}
