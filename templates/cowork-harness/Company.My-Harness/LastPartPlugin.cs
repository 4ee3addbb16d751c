using Cowork.Abstractions;

namespace Company.My_Harness;

public sealed class LastPartPlugin : ICoworkPlugin
{
    public void Configure(IPluginBuilder plugin) => plugin
        .AddSetting(new() { Key = "lastpart_greeting", Label = "Greeting", Description = "How LastPart begins.", Default = "You said:" })
        .AddHarness<LastPartHarness>(new() { Id = "lastpart", Label = "LastPart", Description = "Says what you said." });
}
