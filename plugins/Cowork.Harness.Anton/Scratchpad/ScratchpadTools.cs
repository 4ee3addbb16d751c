using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Offers the scratchpad where there is something to run its cells.</summary>
sealed class ScratchpadTools(ScratchpadTool tool, ICellRuntime runtime) : IToolSource
{
    readonly IReadOnlyList<ITool> _all = [tool];
    int _said;

    public async ValueTask<IReadOnlyList<ITool>> ToolsAsync(ToolContext context, CancellationToken ct)
    {
        if (await runtime.IsAvailableAsync(ct))
            return _all;
        if (Interlocked.Exchange(ref _said, 1) == 0)
            context.Emit(new HarnessEvent.Warning("no_python", "No Python 3.9 or newer was found on this computer, so Anton works without it. Install Python from python.org, then send the message again."));
        return [];
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
