using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Plugins;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Cowork.Host.Features.Plugins;

sealed class PluginsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var plugins = api.MapGroup("/plugins").WithTags("Plugins");
        plugins.MapGet("", List).WithName("ListPlugins").WithSummary("All plugins, what became of them and what they contribute");
        plugins.MapPost("{name}/disable", Disable).WithName("DisablePlugin").WithSummary("Takes a plugin out of service, for good");
        plugins.MapPost("{name}/enable", Enable).WithName("EnablePlugin").WithSummary("Takes a disabled plugin into service again");
        plugins.MapPost("{name}/reload", Reload).WithName("ReloadPlugin").WithSummary("Loads a plugin again");
        plugins.MapDelete("{name}", Remove).WithName("RemovePlugin").WithSummary("Deletes the user's own folder of a plugin");
    }

    static IResult List(PluginLifecycle plugins, PluginRetirement retired) => PolledJson.Of(Current(plugins, retired), PluginsJson.Default.PluginList);

    static async Task<IResult> Disable(string name, PluginAdministration admin, PluginLifecycle plugins, PluginRetirement retired, CancellationToken ct) =>
        Answer(await admin.DisableAsync(name, ct), plugins, retired);

    static async Task<IResult> Enable(string name, PluginAdministration admin, PluginLifecycle plugins, PluginRetirement retired, CancellationToken ct) =>
        Answer(await admin.EnableAsync(name, ct), plugins, retired);

    static async Task<IResult> Reload(string name, PluginAdministration admin, PluginLifecycle plugins, PluginRetirement retired, CancellationToken ct) =>
        Answer(await admin.ReloadAsync(name, ct), plugins, retired);

    static async Task<IResult> Remove(string name, PluginAdministration admin, PluginLifecycle plugins, PluginRetirement retired, CancellationToken ct) =>
        Answer(await admin.RemoveAsync(name, ct), plugins, retired);

    static IResult Answer(PluginProblem? problem, PluginLifecycle plugins, PluginRetirement retired) => problem is null
        ? Listed(plugins, retired)
        : TypedResults.Json(problem, PluginProblemJson.Default.PluginProblem, PluginProblems.ContentType, problem.Status);

    static JsonHttpResult<PluginList> Listed(PluginLifecycle plugins, PluginRetirement retired) =>
        TypedResults.Json(Current(plugins, retired), PluginsJson.Default.PluginList);

    static PluginList Current(PluginLifecycle plugins, PluginRetirement retired) => new([.. plugins.Statuses.Select(PluginInfo.Of)], retired.Alive);
}
