namespace Cowork.Harness.Anton;

/// <summary>What Anton takes from the environment; read once per load.</summary>
sealed record AntonOptions
{
    /// <summary>Folder of the memory that all projects share.</summary>
    public required string GlobalMemoryRoot { get; init; }

    /// <summary>The file that lists the user's MCP servers.</summary>
    public required string McpFile { get; init; }

    public static AntonOptions From(Func<string, string?> environment) => new()
    {
        GlobalMemoryRoot = environment("ANTON_GLOBAL_MEMORY_ROOT_DIR") is { Length: > 0 } root
            ? Path.GetFullPath(root)
            : Path.Combine(Home, "anton", "memory"),
        McpFile = environment("ANTON_MCP_FILE") is { Length: > 0 } file ? Path.GetFullPath(file) : Path.Combine(Home, "mcp.json"),
    };

    static string Home => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cowork");
}
