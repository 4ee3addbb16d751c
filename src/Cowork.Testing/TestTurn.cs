using Cowork.Abstractions;

namespace Cowork.Testing;

/// <summary>Makes the requests that a harness gets.</summary>
static class TestTurn
{
    public static TurnRequest Request(PluginUnderTest plugin, string question, TurnModels? models, TestTurnServices services) => new()
    {
        TurnId = Guid.NewGuid(),
        ConversationId = Guid.NewGuid(),
        Project = Project(plugin, "harbour"),
        Input = [new ContentBlock.TextBlock(question)],
        Models = models,
        Services = services,
    };

    public static TestTurnServices Services(PluginUnderTest plugin) => new(plugin.Folder("harbour"), Path.Combine(plugin.Root, $"tmp-{Guid.NewGuid():N}"));

    public static ProjectInfo Project(PluginUnderTest plugin, string name) => new(Guid.NewGuid(), name, plugin.Folder(name));
}
