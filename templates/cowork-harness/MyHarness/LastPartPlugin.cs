using Cowork.Abstractions;

namespace MyHarness;

public sealed class LastPartPlugin : ICoworkPlugin
{
    // The name of the assembly and of the plugin's folder.
    public string Name => "MyHarness";

    public void Configure(IPluginBuilder plugin) => plugin
        .AddSetting(new() { Key = "lastpart_greeting", Label = "Greeting", Description = "How LastPart begins.", Default = "You said:" })
        .AddHarness<LastPartHarness>(new() { Id = "lastpart", Label = "LastPart", Description = "Says what you said." });
}
