using System.Text.Json.Serialization;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Features.Plugins;

/// <summary>All plugins.</summary>
/// <param name="Plugins">One entry per folder.</param>
/// <param name="RetiredAlive">Replaced builds that are still in memory.</param>
sealed record PluginList(IReadOnlyList<PluginInfo> Plugins, int RetiredAlive);

sealed record PluginInfo(
    string Name,
    string Version,
    PluginState State,
    string? Reason,
    IReadOnlyList<PluginHarnessInfo> Harnesses,
    IReadOnlyList<string> Settings,
    IReadOnlyList<string> Endpoints,
    IReadOnlyList<PluginJobInfo> Jobs,
    IReadOnlyList<ContributionInfo> Contributions,
    int Leases,
    int Draining,
    int DrainingLeases)
{
    public static PluginInfo Of(PluginStatus status) => new(
        status.Name,
        status.Version,
        status.State,
        status.Reason,
        [.. status.Contributions.Where(c => c.Kind == ContributionKind.Harness).Select(c => new PluginHarnessInfo(c.Id, c.Label))],
        [.. status.Contributions.Where(c => c.Kind == ContributionKind.Setting).Select(c => c.Id)],
        [.. status.Contributions.Where(c => c.Kind == ContributionKind.Endpoint).Select(c => c.Id)],
        [.. status.Jobs.Select(j => new PluginJobInfo(j.Id, j.Description, j.Schedule, j.IsRunning, j.NextRunAt, j.LastRunAt, j.LastOutcome))],
        [.. status.Contributions.Select(c => new ContributionInfo(c.Kind.Name, c.Id, c.Label))],
        status.Leases,
        status.Draining,
        status.DrainingLeases);
}

/// <summary>One thing that the plugin in service adds to the server, of whatever kind.</summary>
sealed record ContributionInfo(string Kind, string Id, string Label);

sealed record PluginHarnessInfo(string Id, string Label);

sealed record PluginJobInfo(
    string Id, string Description, string Schedule, bool Running, DateTimeOffset? NextRunAt, DateTimeOffset? LastRunAt, JobOutcome? LastOutcome);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(PluginStateConverter), typeof(JobOutcomeConverter)])]
[JsonSerializable(typeof(PluginList))]
[JsonSerializable(typeof(PluginInfo))]
sealed partial class PluginsJson : JsonSerializerContext;

/// <summary>Writes states in snake case.</summary>
sealed class PluginStateConverter() : JsonStringEnumConverter<PluginState>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower);

/// <summary>Writes outcomes in snake case.</summary>
sealed class JobOutcomeConverter() : JsonStringEnumConverter<JobOutcome>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
