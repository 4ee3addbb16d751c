using System.Text.Json.Serialization;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>One MCP server as its file says: a program that speaks over its standard streams, or an address.</summary>
sealed record McpServerConfig
{
    /// <summary>The program; empty for a server with an address.</summary>
    public string? Command { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Variables for the program beside the few that every child process gets.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Working folder of the program, relative to the project for a project's server.</summary>
    public string? Cwd { get; init; }

    /// <summary>Where the server listens.</summary>
    public Uri? Url { get; init; }

    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public bool Disabled { get; init; }

    /// <summary>What is run or called, for the person who has to agree to it. Without values of variables and headers: these may be secret.</summary>
    [JsonIgnore]
    public string Summary => Url?.GetLeftPart(UriPartial.Path) ?? string.Join(' ', [Command, .. Args ?? []]);
}

/// <summary>The file, in the shape that other MCP clients use as well.</summary>
sealed record McpFile
{
    [JsonPropertyName("mcpServers")]
    public IReadOnlyDictionary<string, McpServerConfig>? Servers { get; init; }
}

/// <summary>A server that a turn may use.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Config">What the file says.</param>
/// <param name="Folder">The project's folder, or <c>null</c> for a server of the user, which all projects share.</param>
sealed record McpServer(string Name, McpServerConfig Config, string? Folder)
{
    public bool IsOfProject => Folder is not null;

    /// <summary>Names the running server: when anything in the file changes, another one is started.</summary>
    public string Key { get; } = $"{Folder}\n{Name}\n{System.Text.Json.JsonSerializer.Serialize(Config, McpJson.Default.McpServerConfig)}";
}

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowTrailingCommas = true, ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip)]
[JsonSerializable(typeof(McpFile))]
[JsonSerializable(typeof(McpServerConfig))]
sealed partial class McpJson : JsonSerializerContext;
