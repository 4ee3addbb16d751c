using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>What the model picker offers: fixed lists, and the live ones of whoever can be asked.</summary>
[FeatureService]
sealed class ModelLists(LiveModels live, SettingsService settings)
{
    static readonly TimeSpan MindsLimit = TimeSpan.FromSeconds(6);

    // The endpoint is usually on this machine or beside it; the settings page waits for it.
    static readonly TimeSpan CompatibleLimit = TimeSpan.FromSeconds(2);

    static readonly Dictionary<string, IReadOnlyList<string>> Known = new()
    {
        [Providers.MindsCloud] = [],
        [Providers.Anthropic] = ["claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5-20251001"],
        [Providers.OpenAi] = ["gpt-5.5", "gpt-5.5-mini", "o3", "o4-mini"],
        [Providers.Gemini] = ["gemini-2.5-pro", "gemini-2.5-flash", "gemini-3-flash-preview"],
        [Providers.OpenAiCompatible] = [],
    };

    static readonly ModelEffort Opus = new(["low", "medium", "high", "xhigh", "max"], "high");
    static readonly ModelEffort Claude = new(["low", "medium", "high", "max"], "high");
    static readonly ModelEffort Gpt = new(["minimal", "low", "medium", "high"], "medium");
    static readonly ModelEffort Reasoner = new(["low", "medium", "high"], "medium");

    static readonly Dictionary<string, ModelEffort> Efforts = new()
    {
        ["claude-opus-4-8"] = Opus,
        ["claude-opus-4-7"] = Opus,
        ["claude-opus-4-6"] = Claude,
        ["claude-sonnet-4-6"] = Claude,
        ["gpt-5.5"] = Gpt,
        ["gpt-5.5-mini"] = Gpt,
        ["o3"] = Reasoner,
        ["o4-mini"] = Reasoner,
    };

    static readonly Dictionary<string, IReadOnlyList<string>> Pairs = Known.Keys.ToDictionary(Providers.ToWire, Pair);

    public async Task<RecommendedModels> RecommendAsync()
    {
        var (minds, compatible) = (MindsAsync(), CompatibleAsync());
        var models = Known.ToDictionary(p => Providers.ToWire(p.Key), p => p.Value);
        var efforts = new Dictionary<string, ModelEffort>(Efforts);
        if (await minds is { } hub)
        {
            models[Providers.ToWire(Providers.MindsCloud)] = [.. hub.Select(m => m.Id)];
            foreach (var model in hub)
                if (model.Effort is { } effort)
                    efforts[model.Id] = effort;
        }

        if (await compatible is { } served)
            models[Providers.ToWire(Providers.OpenAiCompatible)] = [.. served.Select(m => m.Id)];
        return new(models, Pairs, efforts);
    }

    static IReadOnlyList<string> Pair(string provider) =>
        provider == Providers.Gemini ? ["gemini-2.5-pro", "gemini-2.5-flash"] : [Providers.DefaultModels(provider).Planning ?? "", Providers.DefaultModels(provider).Coding ?? ""];

    Task<IReadOnlyList<LiveModel>?> MindsAsync() =>
        settings.GetSecret(Providers.KeySetting(Providers.MindsCloud)) is { } key && ProviderHttp.Below(ModelSettings.ChatBase(settings.Get("minds_url")!), "/models/") is { } url
            ? live.GetAsync(url, key, MindsLimit)
            : LiveModels.None;

    /// <summary>Only while that endpoint is in use: an address left over from earlier is not asked.</summary>
    Task<IReadOnlyList<LiveModel>?> CompatibleAsync() =>
        (settings.Get("planning_provider") == Providers.OpenAiCompatible || settings.Get("coding_provider") == Providers.OpenAiCompatible)
        && settings.Get("openai_base_url") is { Length: > 0 } address && ProviderHttp.Below(address, "/models") is { } url
            ? live.GetAsync(url, settings.GetSecret(Providers.KeySetting(Providers.OpenAiCompatible)), CompatibleLimit)
            : LiveModels.None;
}
