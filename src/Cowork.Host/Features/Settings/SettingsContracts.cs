using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Settings;

sealed record SettingRow(string Key, string Label, string Description, bool IsSensitive, bool IsSet, string? Value, IReadOnlyList<string>? Options);

sealed record SettingWrite(string Value);

sealed record SettingDeleted(bool Ok);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<SettingRow>))]
[JsonSerializable(typeof(SettingWrite))]
[JsonSerializable(typeof(SettingDeleted))]
sealed partial class SettingsJson : JsonSerializerContext;
