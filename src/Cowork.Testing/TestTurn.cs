using Cowork.Abstractions;

namespace Cowork.Testing;

/// <summary>Makes the requests that a harness gets.</summary>
static class TestTurn
{
    public static TurnRequest Request(PluginUnderTest plugin, string question, TurnModels? models) => new()
    {
        TurnId = Guid.NewGuid(),
        ConversationId = Guid.NewGuid(),
        Project = Project(plugin, "harbour"),
        Input = [new ContentBlock.TextBlock(question)],
        Models = models,
        Services = new Services(plugin),
    };

    public static ProjectInfo Project(PluginUnderTest plugin, string name) => new(Guid.NewGuid(), name, plugin.Folder(name));

    sealed class Services(PluginUnderTest plugin) : ITurnServices
    {
        readonly string _temp = $"tmp-{Guid.NewGuid():N}";

        public string TempDirectory => plugin.Folder(_temp);

        public string ResolveProjectPath(string path)
        {
            var project = plugin.Folder("harbour");
            var full = Path.GetFullPath(Path.Combine(project, path));
            return full == project || full.StartsWith(project + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? full
                : throw new HarnessException("unsafe_path", "The path leads out of the project.");
        }
    }
}
