using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Tools.Files;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>Reads which MCP servers the user and a project have. Read anew for every turn: the files are small and people edit them.</summary>
sealed class McpFiles(AntonOptions options)
{
    const int ShortestSecret = 8;
    static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    /// <summary>Below the project's folder.</summary>
    public const string ProjectFile = ".anton/mcp.json";

    /// <summary>What the files give to servers as variables and headers and may be a key: all that is neither a path, an address nor a text.</summary>
    public IEnumerable<(string Name, Secret Value)> SecretsOf(string folder) =>
        Read(folder).Servers
            .SelectMany(server => (server.Config.Env ?? Nothing).Concat(server.Config.Headers ?? Nothing).Select(value => (server.Name, Key: value.Key, Value: value.Value.Split(' ')[^1])))
            .Where(value => value.Value.Length >= ShortestSecret && !Path.IsPathRooted(value.Value) && !value.Value.Contains("://", StringComparison.Ordinal))
            .Select(value => ($"{value.Key} of {value.Name}", new Secret(value.Value)));

    /// <summary>The servers for a project, its own ones in place of the user's of the same name; and what is wrong with the files.</summary>
    /// <param name="folder">The project's folder, or <c>null</c> for the user's servers alone.</param>
    public (IReadOnlyList<McpServer> Servers, IReadOnlyList<string> Problems) Read(string? folder)
    {
        var servers = new SortedDictionary<string, McpServer>(StringComparer.Ordinal);
        var problems = new List<string>();
        Add(options.McpFile, null);
        if (folder is not null)
            Add(Path.Combine(folder, ProjectFile), folder);
        return ([.. servers.Values.Where(server => !server.Config.Disabled)], problems);

        void Add(string path, string? of)
        {
            try
            {
                if (!File.Exists(path))
                    return;
                using var stream = ProjectFiles.OpenRead(path);
                foreach (var (name, config) in JsonSerializer.Deserialize(stream, McpJson.Default.McpFile)?.Servers ?? new Dictionary<string, McpServerConfig>())
                {
                    if (config is { Command: null or "", Url: null, Disabled: false })
                        problems.Add($"The MCP server “{name}” has neither a command nor a url.");
                    else
                        servers[name] = new(name, config, of);
                }
            }
            catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ToolException)
            {
                problems.Add($"The file {(of is null ? "mcp.json of this user" : ProjectFile)} cannot be read: {(e is JsonException json ? $"line {json.LineNumber + 1} is not as it should be" : "the system refuses it")}.");
            }
        }
    }
}
