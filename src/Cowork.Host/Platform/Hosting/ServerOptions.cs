using System.Globalization;
using System.Net;
using Cowork.Host.Platform.Diagnostics;

namespace Cowork.Host.Platform.Hosting;

/// <summary>Where the server listens and keeps its things; read once from the environment.</summary>
sealed record ServerOptions
{
    public const int DefaultPort = 26866;

    public required string Host { get; init; }
    public required int Port { get; init; }

    /// <summary><c>~/.cowork</c>: everything below has its default place here.</summary>
    public required string DataRoot { get; init; }
    public required string DatabasePath { get; init; }
    public required string ProjectsRoot { get; init; }
    public required string FilesRoot { get; init; }
    public required string StreamsRoot { get; init; }
    public required string MasterKeyPath { get; init; }

    /// <summary>Stored connections.</summary>
    public required string VaultRoot { get; init; }

    /// <summary>What the agent Anton remembers everywhere.</summary>
    public required string MemoryRoot { get; init; }
    public required string SkillsRoot { get; init; }

    /// <summary>Home of the agent Hermes.</summary>
    public required string HermesRoot { get; init; }
    public required string LegacyEnvFile { get; init; }

    /// <summary>Plugins beside the executable.</summary>
    public required string ShippedPlugins { get; init; }

    /// <summary>Plugins that the user added; they win over shipped ones of the same name.</summary>
    public required string UserPlugins { get; init; }

    /// <summary>How long the turns and requests of a plugin that was replaced, disabled or removed may go on.</summary>
    public required TimeSpan PluginDrain { get; init; }

    public required LogOptions Log { get; init; }

    /// <summary>Keys that work until one is saved: setting key to value.</summary>
    public required IReadOnlyDictionary<string, string> FallbackKeys { get; init; }
    public string? ChannelsHarness { get; init; }

    /// <summary>How many scheduled runs go on at the same time.</summary>
    public required int ScheduledRunsAtOnce { get; init; }

    /// <summary>Where Ollama listens on this computer; 0 for not to look.</summary>
    public required int OllamaPort { get; init; }

    /// <summary>Where LM Studio listens on this computer; 0 for not to look.</summary>
    public required int LmStudioPort { get; init; }

    /// <summary>The operating-system user that the desktop app started this server for; echoed by health.</summary>
    public string? Owner { get; init; }

    /// <summary>Sentences about values that could not be used; logged at start.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    public string Url => $"http://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Reads the options.</summary>
    /// <param name="env">Looks up one variable; blank counts as absent.</param>
    /// <param name="home">The user's home folder.</param>
    /// <exception cref="UsageException">A value without which the server must not start is unusable.</exception>
    public static ServerOptions Read(Func<string, string?> env, string home)
    {
        var notices = new List<string>();
        string? First(params string[] names) => names.Select(env).FirstOrDefault(v => !string.IsNullOrWhiteSpace(v))?.Trim();
        string Folder(string fallback, params string[] names) => Path.GetFullPath(First(names) is { } named ? ExpandHome(named, home) : fallback);

        int Number(string name, int least, int most, int otherwise) => ReadNumber(name, First(name), least, most, otherwise, notices);

        var root = Folder(Path.Combine(home, ".cowork"), "COWORK_HOME");
        if (First("COWORK_STREAM_BACKEND") is { } backend && !backend.Equals("file", StringComparison.OrdinalIgnoreCase))
            notices.Add($"COWORK_STREAM_BACKEND is '{backend}'; this server keeps streams in files.");
        return new()
        {
            Host = ReadHost(First, notices),
            Port = ReadPort(First("COWORK_SERVER_PORT", "SERVER_PORT", "PORT")),
            DataRoot = root,
            DatabasePath = DatabaseUri.ToPath(First("DATABASE_URI"), Path.Combine(root, "cowork.db"), home),
            ProjectsRoot = Folder(Path.Combine(root, "projects"), "COWORK_PROJECTS_DIR", "PROJECTS_ROOT_DIR"),
            FilesRoot = Folder(Path.Combine(root, "files"), "COWORK_FILES_DIR", "FILES_ROOT_DIR"),
            StreamsRoot = Folder(Path.Combine(root, "streams"), "COWORK_STREAMS_DIR"),
            MasterKeyPath = Folder(Path.Combine(root, ".master_key"), "MASTER_KEY_PATH"),
            VaultRoot = Folder(Path.Combine(root, "data-vault"), "COWORK_VAULT_DIR", "CONNECTOR_VAULT_DIR"),
            MemoryRoot = Folder(Path.Combine(root, "anton", "memory"), "ANTON_GLOBAL_MEMORY_ROOT_DIR"),
            SkillsRoot = Folder(Path.Combine(root, "anton", "skills"), "ANTON_SKILLS_ROOT_DIR"),
            HermesRoot = Folder(Path.Combine(root, "hermes"), "HERMES_ROOT_DIR", "HERMES_HOME"),
            LegacyEnvFile = Path.Combine(home, ".anton", ".env"),
            ShippedPlugins = Path.Combine(AppContext.BaseDirectory, "plugins"),
            UserPlugins = Folder(Path.Combine(root, "plugins"), "COWORK_PLUGINS_DIR"),
            PluginDrain = TimeSpan.FromSeconds(Number("COWORK_PLUGIN_DRAIN_SECONDS", least: 0, most: 86_400, otherwise: 600)),
            Log = LogOptions.Read(First, notices),
            FallbackKeys = new Dictionary<string, string?>
            {
                ["anthropic_api_key"] = First("ANTHROPIC_API_KEY"),
                ["openai_api_key"] = First("OPENAI_API_KEY"),
            }.Where(k => k.Value is not null).ToDictionary(k => k.Key, k => k.Value!),
            ChannelsHarness = First("COWORK_CHANNELS_HARNESS"),
            ScheduledRunsAtOnce = Number("COWORK_SCHEDULED_RUNS", least: 1, most: 1000, otherwise: 8),
            OllamaPort = Number("COWORK_OLLAMA_PORT", least: 0, most: ushort.MaxValue, otherwise: 11434),
            LmStudioPort = Number("COWORK_LM_STUDIO_PORT", least: 0, most: ushort.MaxValue, otherwise: 1234),
            Owner = First("COWORK_SERVER_OWNER"),
            Notices = notices,
        };
    }

    /// <remarks>Kestrel takes a name that it cannot resolve for "every interface", so nothing but an address gets through.</remarks>
    static string ReadHost(Func<string[], string?> first, List<string> notices)
    {
        const string Loopback = "127.0.0.1";
        static bool IsAddress(string host) => host == "localhost" || IPAddress.TryParse(host.Trim('[', ']'), out _);
        if (first(["COWORK_SERVER_HOST", "SERVER_HOST"]) is { } set)
            return IsAddress(set) ? set.Trim('[', ']') : throw new UsageException($"COWORK_SERVER_HOST is '{set}', which is no address of this machine. Use 127.0.0.1, or the IP address to listen on.");
        if (first(["HOST"]) is not { } shared)
            return Loopback;
        // Many shells export the machine's name under this one.
        if (IsAddress(shared))
            return shared.Trim('[', ']');
        notices.Add($"HOST is '{shared}', which is no IP address; the server listens on {Loopback}. To choose an address, set COWORK_SERVER_HOST.");
        return Loopback;
    }

    static int ReadPort(string? text)
    {
        if (text is null)
            return DefaultPort;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
            return port;
        throw new UsageException($"COWORK_SERVER_PORT is '{text}', which is no port number. Use a number from 1 to 65535.");
    }

    static int ReadNumber(string name, string? text, int least, int most, int otherwise, List<string> notices)
    {
        if (text is null)
            return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        notices.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}', which is no number from {least} to {most}; {otherwise} is used."));
        return otherwise;
    }

    internal static string ExpandHome(string path, string home) =>
        path == "~" ? home : path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, path[2..]) : path;
}

/// <summary>The start cannot go on because of what the user typed or set; the message is for that user.</summary>
sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner);
