using System.Text.Json.Serialization;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Health;

sealed class HealthEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api) => api.MapGet("/health", Get).WithTags("Health");

    /// <summary>What the desktop app polls: that the server is up, and whether a message can be sent.</summary>
    static IResult Get(ModelSettings models, HarnessChoice harnesses, ServerOptions options)
    {
        var missing = harnesses.NeedsModel ? models.Missing : null;
        var provider = models.Provider;
        var health = new Health("ok", true, "anton", ServerVersion.Text, ServerVersion.Text, missing is null, missing, provider, Providers.Label(provider), models.PlanningModel, options.Owner);
        return TypedResults.Json(health, HealthJson.Default.Health);
    }
}

sealed record Health(
    string Status, bool AntonAvailable, string Mode, string ServerVersion, string AntonVersion, bool ConfigReady, string? ConfigError,
    string Provider, string ProviderLabel, string Model, string? Owner);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Health))]
sealed partial class HealthJson : JsonSerializerContext;
