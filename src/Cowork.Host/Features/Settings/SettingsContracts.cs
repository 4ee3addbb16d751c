using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Settings;

/// <param name="Problem">Why a stored secret cannot be used; absent when it can.</param>
sealed record SettingRow(
    string Key, string Label, string Description, bool IsSensitive, bool IsSet, string? Value, IReadOnlyList<string>? Options,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Problem);

sealed record SettingWrite(string Value);

sealed record Done(bool Ok);

sealed record RevealedKey(string Value);

/// <summary>Lines of an env file.</summary>
sealed record RawWrite(string Content);

/// <summary>A provider, a key and an address to try; <c>null</c> leaves out what the provider does not need.</summary>
sealed record ValidateProvider(string Provider, string ApiKey, string? BaseUrl = null, string? Model = null);

sealed record LocalProviderList(IReadOnlyList<LocalProvider> Providers);

sealed record ProviderVerdict(bool Ok, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<SettingRow>))]
[JsonSerializable(typeof(SettingWrite))]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(RevealedKey))]
[JsonSerializable(typeof(RawWrite))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(ValidateProvider))]
[JsonSerializable(typeof(ProviderVerdict))]
[JsonSerializable(typeof(LocalProviderList))]
sealed partial class SettingsJson : JsonSerializerContext;

sealed record Readiness(string Status, bool ConfigReady, string ConfigError, string Provider, string Model);

sealed record Configured([property: JsonPropertyName("configured")] bool IsConfigured, string Provider);

sealed record InstallStatus(bool AntonInstalled, bool ServerDepsReady);

/// <summary>Providers to try; those with a key when absent.</summary>
sealed record ProviderTests(IReadOnlyList<ProviderTest>? Providers = null);

sealed record ProviderTest(string? Type = null, string? ApiKey = null, string? BaseUrl = null, string? MindsUrl = null, string? Model = null);

/// <summary>What the tests found, by type: <c>ok</c> or <c>fail</c>, and why.</summary>
sealed record ProviderTestResults(IReadOnlyDictionary<string, string> ProviderStatus, IReadOnlyDictionary<string, string> ProviderStatusDetails);

/// <summary>How long a model can be told to think.</summary>
sealed record ModelEffort(IReadOnlyList<string> Efforts, string? Default);

sealed record RecommendedModels(
    [property: JsonPropertyName("recommendedModels")] IReadOnlyDictionary<string, IReadOnlyList<string>> Models,
    [property: JsonPropertyName("recommendedPair")] IReadOnlyDictionary<string, IReadOnlyList<string>> Pairs,
    [property: JsonPropertyName("modelEfforts")] IReadOnlyDictionary<string, ModelEffort> Efforts);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(Configured))]
[JsonSerializable(typeof(InstallStatus))]
[JsonSerializable(typeof(ProviderTests))]
[JsonSerializable(typeof(ProviderTestResults))]
[JsonSerializable(typeof(RecommendedModels))]
sealed partial class ProvidersJson : JsonSerializerContext;
