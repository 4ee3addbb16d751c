namespace Cowork.Host.Platform.Plugins;

/// <summary>Where plugins come from and where the platform keeps its own files.</summary>
/// <param name="Roots">Folders that hold plugin folders, in rising precedence: for the same name the later root wins.</param>
/// <param name="CacheDirectory">Holds the private copies that plugins are loaded from.</param>
/// <param name="DataDirectory">Holds one folder per plugin for the plugin's own files.</param>
/// <param name="StateFile">Remembers which plugins are disabled.</param>
sealed record PluginRoots(IReadOnlyList<PluginRoot> Roots, string CacheDirectory, string DataDirectory, string StateFile)
{
    /// <summary>Lists the builds that may run, if it exists.</summary>
    public string LockFile => Path.Combine(Path.GetDirectoryName(StateFile)!, "plugins.lock");

    /// <summary>Remembers when jobs last ran.</summary>
    public string JobsFile => Path.Combine(Path.GetDirectoryName(StateFile)!, "plugins-jobs.json");

    /// <summary>How long a folder must stay the same before its copy counts as finished.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>How often the folders are looked at without a notice: notices get lost when queues overflow and on network mounts.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a plugin may take to load and to say what it contributes.</summary>
    public TimeSpan LoadDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the runs and requests of a replaced build may go on before they are cancelled. Turns take minutes.</summary>
    public TimeSpan DrainDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the background services of a plugin may take to start or to stop.</summary>
    public TimeSpan ServiceDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The usual layout.</summary>
    /// <param name="dataRoot">The folder of all data of the server.</param>
    /// <param name="shipped">The plugins that came with the server.</param>
    /// <param name="dropped">The user's own plugins.</param>
    /// <returns>The roots.</returns>
    public static PluginRoots Under(string dataRoot, string shipped, string dropped) => new(
        [new(Path.GetFullPath(shipped), Shipped: true), new(Path.GetFullPath(dropped), Shipped: false)],
        Path.Combine(dataRoot, "cache", "plugins"),
        Path.Combine(dataRoot, "plugin-data"),
        Path.Combine(dataRoot, "plugins-state.json"));
}

/// <summary>One folder that holds plugin folders.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Shipped">Whether its plugins came with the server: they can be disabled but not removed.</param>
sealed record PluginRoot(string Path, bool Shipped);
