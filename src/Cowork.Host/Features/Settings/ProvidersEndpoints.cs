using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Settings;

/// <summary>Whether the models can be called, and which there are.</summary>
sealed class ProvidersEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var settings = api.MapGroup("/settings").WithTags("Providers");
        settings.MapPost("/validate", Validate);
        settings.MapGet("/configured", Configured);
        settings.MapGet("/install-status", InstallStatus);
        settings.MapPost("/test-providers", Test);
        settings.MapPost("/validate-provider", ValidateProvider);
        settings.MapGet("/recommended-models", RecommendedModels);
        settings.MapGet("/local-providers", LocalProviders);
    }

    static IResult Validate(ModelSettings models)
    {
        var missing = models.Missing;
        var readiness = new Readiness(missing is null ? "ok" : "needs_config", missing is null, missing ?? "", models.Provider, models.PlanningModel);
        return TypedResults.Json(readiness, ProvidersJson.Default.Readiness);
    }

    static IResult Configured(SettingsService settings, ModelSettings models)
    {
        IReadOnlyList<string> order = [Providers.MindsCloud, Providers.Anthropic, Providers.OpenAi];
        var first = order.FirstOrDefault(p => settings.GetSecret(Providers.KeySetting(p)) is not null) ?? (models.Missing is null ? models.Provider : null);
        return TypedResults.Json(new Configured(first is not null, first is null ? "" : Providers.ToWire(first)), ProvidersJson.Default.Configured);
    }

    /// <summary>The client asks before its first screen; whatever answers here is installed.</summary>
    static IResult InstallStatus() => TypedResults.Json(new InstallStatus(true, true), ProvidersJson.Default.InstallStatus);

    static async Task<IResult> Test(HttpRequest request, ProviderTester tester, CancellationToken ct)
    {
        var asked = await JsonBody.ReadOrDefaultAsync(request, ProvidersJson.Default.ProviderTests) ?? new ProviderTests();
        return TypedResults.Json(await tester.TestAsync(asked.Providers, ct), ProvidersJson.Default.ProviderTestResults);
    }

    static async Task<IResult> ValidateProvider(HttpRequest request, ProviderValidator validator, CancellationToken ct)
    {
        var asked = await JsonBody.ReadAsync(request, SettingsJson.Default.ValidateProvider, bothCases: true);
        var error = await validator.ValidateAsync(asked, ct);
        return TypedResults.Json(new ProviderVerdict(error is null, error), SettingsJson.Default.ProviderVerdict);
    }

    static async Task<IResult> LocalProviders(LocalProviders local, CancellationToken ct) =>
        TypedResults.Json(new(await local.FindAsync(ct)), SettingsJson.Default.LocalProviderList);

    static async Task<IResult> RecommendedModels(ModelLists models) =>
        TypedResults.Json(await models.RecommendAsync(), ProvidersJson.Default.RecommendedModels);
}
