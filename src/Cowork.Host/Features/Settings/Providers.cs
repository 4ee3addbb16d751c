namespace Cowork.Host.Features.Settings;

/// <summary>The model providers that can be chosen, and what each needs.</summary>
static class Providers
{
    public const string Anthropic = "anthropic";
    public const string OpenAi = "openai";
    public const string Gemini = "gemini";
    public const string OpenAiCompatible = "openai_compatible";
    public const string MindsCloud = "minds_cloud";

    public static readonly IReadOnlyList<string> All = [Anthropic, OpenAi, Gemini, OpenAiCompatible, MindsCloud];

    public static string Label(string provider) => provider switch
    {
        Anthropic => "Anthropic",
        OpenAi => "OpenAI",
        Gemini => "Gemini",
        OpenAiCompatible => "OpenAI-compatible",
        MindsCloud => "MindsHub",
        _ => provider,
    };

    /// <summary>The name that the client's provider pages use: with dashes.</summary>
    public static string ToWire(string provider) => provider.Replace('_', '-');

    /// <summary>The name that the settings use: with underscores.</summary>
    public static string FromWire(string type) => type.Replace('-', '_');

    /// <summary>The setting that holds the provider's key.</summary>
    public static string KeySetting(string provider) => provider switch
    {
        Anthropic => "anthropic_api_key",
        MindsCloud => "minds_api_key",
        _ => "openai_api_key",
    };

    /// <summary>The models used while none is set: the one that talks to the user and the one for side jobs.</summary>
    public static (string? Planning, string? Coding) DefaultModels(string provider) => provider switch
    {
        Anthropic => ("claude-sonnet-4-6", "claude-haiku-4-5-20251001"),
        OpenAi => ("gpt-5.5", "gpt-5.5-mini"),
        MindsCloud => ("latest:sonnet", "latest:haiku"),
        _ => (null, null),
    };
}
