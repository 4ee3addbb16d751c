using Cowork.Abstractions;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Settings;

sealed class SettingsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var settings = api.MapGroup("/settings").WithTags("Settings");
        settings.MapGet("/", List);
        settings.MapPut("/{key}", Set);
        settings.MapDelete("/{key}", Delete);
        settings.MapGet("/reveal-key/{name}", RevealKey);
        settings.MapGet("/raw", ReadRaw);
        settings.MapPost("/raw", SaveRaw);
    }

    static IResult List(SettingsService settings, SettingDirectory directory)
    {
        settings.Refresh();
        var known = directory.Current;
        IReadOnlyList<SettingRow> rows = [.. known.All.Select(s => ToRow(settings, known, s))];
        return PolledJson.Of(rows, SettingsJson.Default.IReadOnlyListSettingRow);
    }

    static async Task<IResult> Set(string key, HttpRequest request, SettingsService settings, SettingDirectory directory, CancellationToken ct)
    {
        var write = await JsonBody.ReadAsync(request, SettingsJson.Default.SettingWrite);
        var setting = await settings.SetAsync(key, write.Value, ct);
        return TypedResults.Json(ToRow(settings, directory.Current, setting), SettingsJson.Default.SettingRow);
    }

    static async Task<IResult> Delete(string key, SettingsService settings, CancellationToken ct)
    {
        await settings.DeleteAsync(key, ct);
        return TypedResults.Json(new Done(true), SettingsJson.Default.Done);
    }

    /// <summary>For the settings page of the user whose key it is.</summary>
    static IResult RevealKey(string name, SettingsService settings, HttpResponse response)
    {
        var key = name.ToLowerInvariant() switch
        {
            "anthropic" => "anthropic_api_key",
            "openai" => "openai_api_key",
            "minds" => "minds_api_key",
            _ => throw ApiException.NotFound("unknown_key", "There is no key of this name. Ask for anthropic, openai or minds."),
        };
        response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new RevealedKey(settings.GetSecret(key)?.Reveal() ?? ""), SettingsJson.Default.RevealedKey);
    }

    static IResult ReadRaw(LegacySettings legacy) => TypedResults.Json(legacy.Read(), SettingsJson.Default.IReadOnlyDictionaryStringString);

    static async Task<IResult> SaveRaw(HttpRequest request, LegacySettings legacy, CancellationToken ct)
    {
        var write = await JsonBody.ReadAsync(request, SettingsJson.Default.RawWrite);
        await legacy.SaveAsync(write.Content, ct);
        return TypedResults.Json(new Done(true), SettingsJson.Default.Done);
    }

    static SettingRow ToRow(SettingsService settings, KnownSettings known, SettingDescriptor setting) => new(
        setting.Key,
        setting.Label,
        setting.Description,
        setting.Kind == SettingKind.Secret,
        settings.IsSet(setting.Key),
        settings.Effective(setting),
        setting.Kind == SettingKind.Choice ? known.Choices(setting) : null,
        setting.Kind == SettingKind.Secret ? settings.Problem(setting.Key) : null);
}
