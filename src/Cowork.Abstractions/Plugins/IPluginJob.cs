namespace Cowork.Abstractions;

/// <summary>
/// Work of a plugin that comes back, for example fetching news. Every run gets an instance of its own from a scope of the
/// plugin's container, which is disposed when the run has ended; what must last belongs into a singleton.
/// </summary>
public interface IPluginJob
{
    /// <summary>
    /// Does the work once. It is not called again before it has returned, not even by the build that replaces the plugin.
    /// An exception is logged and shown, and the job runs again when its time comes.
    /// </summary>
    /// <param name="ct">Fires when the plugin is replaced, disabled or removed, and when the server ends; return within 5 seconds.</param>
    /// <returns>A task that ends when the work is done.</returns>
    Task RunAsync(CancellationToken ct);
}

/// <summary>When a job runs: <see cref="Every"/> or <see cref="Cron"/>, one of the two. Immutable.</summary>
public sealed record JobDescriptor
{
    /// <summary>Up to 64 lower-case letters, digits, <c>-</c> and <c>_</c>, a letter first; unique in the plugin.</summary>
    public required string Id { get; init; }

    /// <summary>What it does, for people; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The time from the start of one run to the start of the next, from one second to 366 days. A run that is due while the one before still goes is left out.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>A cron expression of five fields (minute, hour, day, month, weekday) on the wall clock of the server. What is missed while the server is off is not made up for.</summary>
    public string? Cron { get; init; }

    /// <summary>Whether it also runs as soon as the plugin is in service.</summary>
    public bool RunAtStart { get; init; }
}
