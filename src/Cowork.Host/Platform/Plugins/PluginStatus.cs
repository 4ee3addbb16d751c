using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>What became of a plugin folder.</summary>
enum PluginState
{
    /// <summary>In service.</summary>
    Active,

    /// <summary>Switched off by the user.</summary>
    Disabled,

    /// <summary>Built for another contract or runtime than this server's.</summary>
    Incompatible,

    /// <summary>Could not be loaded.</summary>
    Failed,

    /// <summary>Another folder of the same name is used instead.</summary>
    Superseded,

    /// <summary>The folder is gone; what the plugin had begun is being finished.</summary>
    Removed,
}

/// <summary>A plugin folder and what became of it.</summary>
sealed record PluginStatus(string Name, string Version, PluginState State)
{
    /// <summary>One sentence for people, where there is something to say.</summary>
    public string? Reason { get; init; }

    /// <summary>The folder. Never shown outside the host.</summary>
    public string? Folder { get; init; }

    public IReadOnlyList<HarnessDescriptor> Harnesses { get; init; } = [];

    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Method and route of each endpoint.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    /// <summary>Requests and runs that are inside the plugin now.</summary>
    public int Leases { get; init; }
}
