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
    }

    static IResult List(SettingsService settings)
    {
        IReadOnlyList<SettingRow> rows = [.. settings.Descriptors.Select(d => ToRow(settings, d))];
        return TypedResults.Json(rows, SettingsJson.Default.IReadOnlyListSettingRow);
    }

    static async Task<IResult> Set(string key, HttpRequest request, SettingsService settings, CancellationToken ct)
    {
        var write = await JsonBody.ReadAsync(request, SettingsJson.Default.SettingWrite);
        var setting = await settings.SetAsync(key, write.Value, ct);
        return TypedResults.Json(ToRow(settings, setting), SettingsJson.Default.SettingRow);
    }

    static async Task<IResult> Delete(string key, SettingsService settings, CancellationToken ct)
    {
        await settings.DeleteAsync(key, ct);
        return TypedResults.Json(new SettingDeleted(true), SettingsJson.Default.SettingDeleted);
    }

    static SettingRow ToRow(SettingsService settings, SettingDescriptor setting) => new(
        setting.Key,
        setting.Label,
        setting.Description,
        setting.Kind == SettingKind.Secret,
        settings.IsSet(setting.Key),
        settings.Effective(setting),
        setting.Kind == SettingKind.Choice ? settings.Choices(setting) : null);
}
