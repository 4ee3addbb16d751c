using Cowork.Abstractions;

namespace Cowork.Test;

/// <summary>Fails while it is being set up; a file asks it to stay in memory all the same.</summary>
public sealed class ThrowingPlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Throwing";

    public void Configure(IPluginBuilder plugin)
    {
        if (File.Exists(Path.Combine(plugin.Context.DataDirectory, "cling")))
            AppDomain.CurrentDomain.ProcessExit += (_, _) => { };
        throw new InvalidOperationException("the licence is missing");
    }
}
