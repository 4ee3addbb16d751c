namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Where scratchpads live and what they may take.</summary>
sealed record ScratchpadOptions
{
    /// <summary>Folder of the pads and of installed packages.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The environment of the server; only some of it reaches cells.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Watches child processes: they live in real time, whatever clock everything else is given.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How long the beginning of a turn waits for the search for an interpreter.</summary>
    public TimeSpan SearchPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For a cell without an estimate.</summary>
    public TimeSpan DefaultLimit { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>What a cell gets beyond its estimate, at least.</summary>
    public TimeSpan Slack { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan LongestLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long an interpreter may give no sign of life at all and burn no processor time either.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a cell that ran out of time may take to react to an interrupt.</summary>
    public TimeSpan TimeoutGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The same for the cell of a stopped turn, which somebody waits for.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>For a start, restoring included.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan InstallLimit { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Output is shown at most this often.</summary>
    public TimeSpan OutputInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A pad that nobody used for this long gives its process back.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Processes that stay alive between turns.</summary>
    public int MaxPads { get; init; } = 6;

    public static ScratchpadOptions From(string dataDirectory) => new()
    {
        DataDirectory = dataDirectory,
        Variables = Environment.GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal),
    };

    public TimeSpan LimitFor(double? estimate)
    {
        if (estimate is not > 0)
            return DefaultLimit;
        var seconds = TimeSpan.FromSeconds(Math.Min(estimate.Value, LongestLimit.TotalSeconds));
        var limit = seconds + (seconds > Slack ? seconds : Slack);
        return limit < LongestLimit ? limit : LongestLimit;
    }
}
