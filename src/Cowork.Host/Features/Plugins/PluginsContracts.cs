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
    int Leases)
{
    public static PluginInfo Of(PluginStatus status) => new(
        status.Name,
        status.Version,
        status.State,
        status.Reason,
        [.. status.Harnesses.Select(h => new PluginHarnessInfo(h.Id, h.Label))],
        status.Settings,
        status.Endpoints,
        [.. status.Jobs.Select(j => new PluginJobInfo(j.Id, j.Description, j.Schedule, j.IsRunning, j.NextRunAt, j.LastRunAt, j.LastOutcome))],
        status.Leases);
}

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
