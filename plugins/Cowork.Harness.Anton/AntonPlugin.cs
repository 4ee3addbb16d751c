using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Memory;
using Cowork.Harness.Anton.Prompt;
using Cowork.Harness.Anton.Scratchpad;
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
            .AddSingleton<ModelRound>()
            .AddScratchpad(plugin.Context.DataDirectory);
        plugin.AddHarness<AntonHarness>(new()
        {
            Id = "anton",
            Label = "Anton",
            Description = "A coworker that answers, remembers and works in your projects.",
            NeedsModel = true,
        });
    }
}
