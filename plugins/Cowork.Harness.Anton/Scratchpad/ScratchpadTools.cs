using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Offers the scratchpad where there is something to run its cells.</summary>
sealed class ScratchpadTools(ScratchpadTool tool, ICellRuntime runtime) : IToolSource
{
    readonly IReadOnlyList<ITool> _all = [tool];
    string? _said;

    public async ValueTask<IReadOnlyList<ITool>> ToolsAsync(ToolContext context, CancellationToken ct)
    {
        var isAvailable = await runtime.IsAvailableAsync(ct);
        // Once, not in every turn.
        if (runtime.Notice is { } notice && Interlocked.Exchange(ref _said, notice.Message) != notice.Message)
            context.Emit(notice);
        return isAvailable ? _all : [];
    }
}

/// <summary>What is done while nobody waits: Python is found before the first cell needs it, and pads that nobody uses any more go.</summary>
sealed class ScratchpadUpkeep(PythonFinder finder, PadPool pads) : IPluginJob
{
    public static JobDescriptor Descriptor { get; } = new() { Id = "scratchpad-upkeep", Description = "Finds Python and deletes old scratchpads.", Every = TimeSpan.FromDays(1), RunAtStart = true };

    public async Task RunAsync(CancellationToken ct)
    {
        await finder.FindAsync().WaitAsync(ct);
        await Task.Run(pads.Sweep, ct);
    }
}

/// <summary>Registers the scratchpad.</summary>
static class ScratchpadServices
{
    public static IServiceCollection AddScratchpad(this IServiceCollection services, string dataDirectory)
    {
        services.TryAddSingleton<SideModel>();
        return services
            .AddSingleton(_ => ScratchpadOptions.From(dataDirectory))
            .AddSingleton<PythonFinder>()
            .AddSingleton<PythonPackages>()
            .AddSingleton<ICellRuntime, PythonRuntime>()
            .AddSingleton<PadPool>()
            .AddSingleton<ICellService, LlmService>()
            .AddSingleton<CellServices>()
            .AddSingleton<ScratchpadTool>()
            .AddSingleton<IToolSource, ScratchpadTools>();
    }
}
