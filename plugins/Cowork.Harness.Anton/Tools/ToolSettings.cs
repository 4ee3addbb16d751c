using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.Harness.Anton.Skills;
using Cowork.Harness.Anton.Tools.Commands;
using Cowork.Harness.Anton.Tools.Data;
using Cowork.Harness.Anton.Tools.Memory;
using Cowork.Harness.Anton.Tools.Skills;
using Cowork.Harness.Anton.Tools.Web;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Harness.Anton.Tools;

/// <summary>What the native tools need of the plugin: services and settings.</summary>
static class ToolSettings
{
    public const string FetchPrivate = "anton_web_fetch_private";
    public const string ExaKey = "anton_exa_api_key";
    public const string BraveKey = "anton_brave_api_key";

    public static IPluginBuilder AddCoreTools(this IPluginBuilder plugin)
    {
        plugin.Services
            .AddSingleton<SkillFolders>()
            .AddSingleton<SearchEngines>()
            .AddSingleton<RunCommandTool>()
            .AddSingleton<QueryDataTool>()
            .AddSingleton<WebFetchTool>()
            .AddSingleton<WebSearchTool>()
            .AddSingleton<MemorizeTool>()
            .AddSingleton<RecallSkillTool>()
            .AddSingleton<IToolSource, CoreTools>()
            .AddSingleton<ICellService>(services => new ToolService(services.GetRequiredService<MemorizeTool>(), MemorizeEntries, _ => true))
            .AddSingleton<ICellService>(services => new ToolService(services.GetRequiredService<WebSearchTool>(), arguments => arguments, _ => services.GetRequiredService<WebSearchTool>().IsAvailable));
        return plugin
            .AddSetting(new()
            {
                Key = FetchPrivate,
                Label = "Read pages of this network",
                Description = "Lets Anton read web pages of this machine and its network, not only public ones.",
                Kind = SettingKind.Boolean,
                Default = "False",
            })
            .AddSetting(new() { Key = ExaKey, Label = "Exa API key", Description = "Lets Anton search the web with Exa.", Kind = SettingKind.Secret })
            .AddSetting(new() { Key = BraveKey, Label = "Brave Search API key", Description = "Lets Anton search the web with Brave.", Kind = SettingKind.Secret });
    }

    /// <summary>Cells remember one thing at a time.</summary>
    static JsonElement MemorizeEntries(JsonElement entry) =>
        JsonSerializer.SerializeToElement(new JsonObject { ["entries"] = new JsonArray(JsonNode.Parse(entry.GetRawText())) }, ToolArguments.Default.JsonObject);
}
