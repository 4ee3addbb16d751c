using Cowork.Abstractions;

namespace Cowork.Test;

/// <summary>Claims the harness of the reference plugin.</summary>
public sealed class RivalPlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Rival";

    public void Configure(IPluginBuilder plugin) => plugin.AddHarness<RivalHarness>(new() { Id = "reference", Label = "Rival" });
}

sealed class RivalHarness : IHarness
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await Task.Yield();
        yield return new HarnessEvent.TextDelta("rival");
    }
}
