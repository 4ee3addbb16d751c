using Cowork.Abstractions;

namespace Cowork.Test;

/// <summary>Never says what it contributes.</summary>
public sealed class EndlessPlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Endless";

    public void Configure(IPluginBuilder plugin) => new ManualResetEventSlim().Wait();
}
