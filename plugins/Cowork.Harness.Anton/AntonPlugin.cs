using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Mcp;
using Cowork.Harness.Anton.Memory;
using Cowork.Harness.Anton.Prompt;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Turn;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Harness.Anton;

/// <summary>Anton, the coworker that Cowork starts with.</summary>
public sealed class AntonPlugin : ICoworkPlugin
{
    public string Name => "Cowork.Harness.Anton";

    public void Configure(IPluginBuilder plugin)
    {
        plugin.Services
            .AddSingleton(_ => AntonOptions.From(Environment.GetEnvironmentVariable))
            .AddSingleton<ModelHttp>()
            .AddSingleton<LanguageModels>()
            .AddSingleton(services => new RetryPolicy(services.GetRequiredService<TimeProvider>(), Random.Shared.NextDouble))
            .AddSingleton<MemoryFiles>()
            .AddSingleton<MemoryStore>()
            .AddSingleton<PromptBuilder>()
            .AddSingleton<AntonSettings>()
            .AddSingleton<SideModel>()
            .AddSingleton(_ => new Summaries(Path.Combine(plugin.Context.DataDirectory, "summaries")))
            .AddSingleton<Compactor>()
            .AddSingleton<FinishCheck>()
            .AddSingleton<Lessons>()
            .AddSingleton<ModelRound>()
            .AddSingleton<ToolRunner>()
            .AddSingleton<AgentLoop>()
            .AddSingleton<McpFiles>()
            .AddSingleton<McpServers>();
        // The order in which models see them; what differs from project to project comes last, so that the rest stays cached.
        plugin.Services.AddScratchpad(plugin.Context.DataDirectory);
        plugin.AddJob<ScratchpadUpkeep>(ScratchpadUpkeep.Descriptor);
        plugin.AddCoreTools();
        plugin.Services.AddSingleton<IToolSource, McpTools>();
        plugin.MapEndpoints(McpEndpoints.Map);
        foreach (var setting in AntonSettings.Descriptors)
            plugin.AddSetting(setting);
        plugin.AddHarness<AntonHarness>(new()
        {
            Id = "anton",
            Label = "Anton",
            Description = "A coworker that plans, runs code, works with your files and remembers.",
            NeedsModel = true,
        });
    }
}
