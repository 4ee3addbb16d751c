using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>Which models the settings choose, and whether they can be called.</summary>
[FeatureService]
sealed class ModelSettings(SettingsService settings, LocalProviders local)
{
    /// <summary>Google's OpenAI-compatible endpoint.</summary>
    const string GeminiBase = "https://generativelanguage.googleapis.com/v1beta/openai";

    public string Provider => settings.Get("planning_provider")!;

    /// <summary>The planning model's name; empty when neither the user nor the provider names one.</summary>
    public string PlanningModel => settings.Get("planning_model") ?? "";

    /// <summary>Null when the planning provider can be called, else a sentence that names the missing setting.</summary>
    public string? Missing =>
        !LacksKey(Provider) ? null
            : settings.Problem(Providers.KeySetting(Provider)) is not null
            ? $"The stored {Providers.KeySetting(Provider)} of {Providers.Label(Provider)} cannot be decrypted with this server's master key. Put the right key file back, or enter the key again in the settings."
            : $"{Providers.Label(Provider)} has no key yet. Set {Providers.KeySetting(Provider)} in the settings{(Provider == Providers.OpenAiCompatible ? "; any text does for a server that needs none" : "")}.{(local.Hint is { } hint ? $" {hint}" : "")}";

    /// <summary>While something is missing: looks for models on this computer, so that the sentence that says so can name them.</summary>
    public Task LookForLocalAsync(CancellationToken ct) => Missing is null ? Task.CompletedTask : local.FindAsync(ct);

    /// <param name="model">Answers in place of the planning model of the settings; null for that one.</param>
    /// <exception cref="HarnessException">A key or a model's name is missing; code not_configured.</exception>
    public TurnModels Resolve(string? model = null)
    {
        settings.Refresh();
        var planning = Choose("planning", model);
        return new(planning, Choose("coding", fallback: planning));
    }

    /// <param name="fallback">The model to use when this role is not usable; side jobs must not keep a user from getting an answer.</param>
    ModelChoice Choose(string role, string? model = null, ModelChoice? fallback = null)
    {
        var provider = settings.Get($"{role}_provider")!;
        var key = settings.GetSecret(Providers.KeySetting(provider));
        model ??= settings.Get($"{role}_model");
        if (LacksKey(provider))
            return fallback ?? throw new HarnessException(FailureCodes.NotConfigured, Missing ?? $"Set {Providers.KeySetting(provider)} in the settings.");
        if (string.IsNullOrEmpty(model))
            return fallback ?? throw new HarnessException(FailureCodes.NotConfigured, $"No model is chosen for {Providers.Label(provider)}. Set {role}_model in the settings.");
        return new()
        {
            Provider = provider,
            Model = model,
            ReasoningEffort = settings.Get($"{role}_reasoning_effort") is { Length: > 0 } effort ? effort : null,
            ApiKey = key,
            BaseUrl = BaseUrl(provider),
        };
    }

    /// <summary>Ollama and LM Studio take no key, or any.</summary>
    bool LacksKey(string provider) =>
        settings.GetSecret(Providers.KeySetting(provider)) is null
        && !(provider == Providers.OpenAiCompatible && Uri.TryCreate(settings.Get("openai_base_url"), UriKind.Absolute, out var url) && local.IsAt(url));

    Uri? BaseUrl(string provider)
    {
        var text = provider switch
        {
            Providers.MindsCloud => ChatBase(settings.Get("minds_url")!),
            Providers.OpenAiCompatible => settings.Get("openai_base_url"),
            // A base URL left over from another provider must not get this provider's key.
            Providers.Gemini => settings.Get("openai_base_url") is { } set && IsOfGoogle(set) ? set : GeminiBase,
            _ => null,
        };
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https")
            ? url
            : throw new HarnessException(FailureCodes.NotConfigured, $"The address '{text}' of {Providers.Label(provider)} is not an http address. Correct it in the settings.");
    }

    static bool IsOfGoogle(string address) => Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Host.EndsWith(".googleapis.com", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address below which MindsHub serves <c>/chat/completions</c>.</summary>
    public static string ChatBase(string url)
    {
        var trimmed = url.TrimEnd('/');
        if (trimmed.EndsWith("/v1", StringComparison.Ordinal))
            return trimmed;
        var isMdb = Uri.TryCreate(trimmed, UriKind.Absolute, out var uri) && (uri.Host == "mdb.ai" || uri.Host.EndsWith(".mdb.ai", StringComparison.Ordinal));
        return trimmed + (isMdb ? "/api/v1" : "/v1");
    }
}
