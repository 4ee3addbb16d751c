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

    /// <summary>What the plugin in service contributes.</summary>
    public IReadOnlyList<Contribution> Contributions { get; init; } = [];

    public IReadOnlyList<PluginJobStatus> Jobs { get; init; } = [];

    /// <summary>Requests and runs that are inside the build in service now.</summary>
    public int Leases { get; init; }

    /// <summary>Builds of this plugin that are out of service and finish what they began.</summary>
    public int Draining { get; init; }

    /// <summary>Requests and runs that are inside those.</summary>
    public int DrainingLeases { get; init; }
}

/// <summary>A job of a plugin in service.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Description">What it does.</param>
/// <param name="Schedule">When it runs, in words: <c>every 00:05:00</c> or <c>cron 0 4 * * *</c>.</param>
/// <param name="IsRunning">Whether it runs now.</param>
/// <param name="NextRunAt">When it is due; <c>null</c> before it starts and when it is never due again.</param>
/// <param name="LastRunAt">When its last run in this build began.</param>
/// <param name="LastOutcome">How its last run in this build ended.</param>
sealed record PluginJobStatus(
    string Id, string Description, string Schedule, bool IsRunning, DateTimeOffset? NextRunAt, DateTimeOffset? LastRunAt, JobOutcome? LastOutcome);

/// <summary>How a run of a job ended.</summary>
enum JobOutcome
{
    /// <summary>It did its work.</summary>
    Completed,

    /// <summary>It threw an exception; the log has it.</summary>
    Failed,

    /// <summary>Its plugin was going out of service.</summary>
    Cancelled,
}
