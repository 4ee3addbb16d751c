using Cowork.Abstractions;

namespace Cowork.Harness.Anton;

/// <summary>What Anton takes from the environment; read once per load.</summary>
sealed record AntonOptions
{
    /// <summary>Folder of the memory that all projects share.</summary>
    public required string GlobalMemoryRoot { get; init; }

    /// <summary>The file that lists the user's MCP servers.</summary>
    public required string McpFile { get; init; }

    /// <summary>Folder of the skills that all projects share, or <c>null</c> for none.</summary>
    public string? SkillsRoot { get; init; }

    /// <summary>Which search service is wanted when there are keys for both: <c>exa</c> or <c>brave</c>.</summary>
    public string? SearchProvider { get; init; }

    /// <summary>Key of the search service Exa, used while none is stored in Settings.</summary>
    public Secret? ExaApiKey { get; init; }

    /// <summary>Key of the search service Brave, used while none is stored in Settings.</summary>
    public Secret? BraveApiKey { get; init; }

    public Uri ExaUrl { get; init; } = new("https://api.exa.ai/");

    public Uri BraveUrl { get; init; } = new("https://api.search.brave.com/");

    public static AntonOptions From(Func<string, string?> environment) => new()
    {
        GlobalMemoryRoot = Folder(environment, "ANTON_GLOBAL_MEMORY_ROOT_DIR", "memory"),
        SkillsRoot = Folder(environment, "ANTON_SKILLS_ROOT_DIR", "skills"),
        SearchProvider = environment("ANTON_EXTERNAL_SEARCH_PROVIDER"),
        ExaApiKey = Key(environment, "ANTON_EXA_API_KEY"),
        BraveApiKey = Key(environment, "ANTON_BRAVE_API_KEY"),
        McpFile = environment("ANTON_MCP_FILE") is { Length: > 0 } file ? Path.GetFullPath(file) : Path.Combine(Home, "mcp.json"),
    };

    static string Folder(Func<string, string?> environment, string variable, string name) =>
        environment(variable) is { Length: > 0 } root
            ? Path.GetFullPath(root)
            : Path.Combine(Home, "anton", name);

    static string Home => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cowork");

    static Secret? Key(Func<string, string?> environment, string variable) => environment(variable)?.Trim() is { Length: > 0 } key ? new(key) : null;
}
