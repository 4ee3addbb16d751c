using Cowork.Abstractions;

namespace Cowork.Test;

/// <summary>Fails while it is being set up.</summary>
public sealed class ThrowingPlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Throwing";

    public void Configure(IPluginBuilder plugin) => throw new InvalidOperationException("the licence is missing");
}
