namespace Cowork.Host.Platform.Plugins;

static partial class PluginLog
{
    [LoggerMessage("Plugin {Plugin} {Version} went into service: {Contributions}")]
    public static partial void PluginActivated(this ILogger log, LogLevel level, string plugin, string version, string contributions);

    [LoggerMessage(LogLevel.Information, "Plugin {Plugin} {Version} went out of service, because {Reason}; it finishes {Leases} runs and requests")]
    public static partial void PluginRetired(this ILogger log, string plugin, string version, string reason, int leases);

    [LoggerMessage(LogLevel.Debug, "The jobs and background services of plugin {Plugin} {Version} started")]
    public static partial void ServicesStarted(this ILogger log, string plugin, string version);

    [LoggerMessage(LogLevel.Debug, "The jobs and background services of plugin {Plugin} {Version} stopped")]
    public static partial void ServicesStopped(this ILogger log, string plugin, string version);

    [LoggerMessage(LogLevel.Information, "Plugin {Plugin} {Version} was unloaded")]
    public static partial void PluginUnloaded(this ILogger log, string plugin, string version);

    [LoggerMessage(LogLevel.Warning, "Plugin {Plugin} {Version} stayed in memory after it was disposed")]
    public static partial void PluginStayed(this ILogger log, string plugin, string version);

    [LoggerMessage(LogLevel.Warning, "{Count} replaced builds of plugins stay in memory; something in them is still referenced. A restart frees them")]
    public static partial void TooManyStayed(this ILogger log, int count);

    [LoggerMessage(LogLevel.Warning, "Plugin in {Folder} was not taken into service ({State}): {Reason}")]
    public static partial void PluginRefused(this ILogger log, Exception? exception, string folder, PluginState state, string reason);

    [LoggerMessage(LogLevel.Warning, "Plugin {Plugin} {Version} had not finished its {Leases} runs and requests in time; they were cancelled")]
    public static partial void DrainDeadlinePassed(this ILogger log, string plugin, string version, int leases);

    [LoggerMessage(LogLevel.Error, "Plugin {Plugin} failed to answer {Method} {Route}")]
    public static partial void EndpointFailed(this ILogger log, Exception exception, string plugin, string method, string? route);

    [LoggerMessage(LogLevel.Error, "A background service of plugin {Plugin} failed")]
    public static partial void BackgroundServiceFailed(this ILogger log, Exception exception, string plugin);

    [LoggerMessage(LogLevel.Error, "The job {Job} of plugin {Plugin} failed; it runs again when its time comes")]
    public static partial void JobFailed(this ILogger log, Exception exception, string plugin, string job);

    [LoggerMessage(LogLevel.Warning, "Plugin {Plugin} went on with its jobs ({Jobs}) {Seconds} seconds after they were told to end")]
    public static partial void JobsStillRun(this ILogger log, string plugin, string jobs, double seconds);

    [LoggerMessage(LogLevel.Error, "A service of plugin {Plugin} failed to be disposed")]
    public static partial void DisposeFailed(this ILogger log, Exception exception, string plugin);

    [LoggerMessage(LogLevel.Error, "A callback of plugin {Plugin} failed when it was told that the time of its build is over")]
    public static partial void CallbackFailed(this ILogger log, Exception exception, string plugin);

    [LoggerMessage(LogLevel.Error, "Plugin {Plugin} {Version} could not be seen off; it stays in memory until the server ends")]
    public static partial void SeeingOffFailed(this ILogger log, Exception exception, string plugin, string version);

    [LoggerMessage(LogLevel.Error, "The plugin folders could not be scanned; the next scan follows")]
    public static partial void ScanFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The folder {Folder} could not be watched; it is only looked at now and then")]
    public static partial void WatchFailed(this ILogger log, Exception? exception, string folder);

    [LoggerMessage(LogLevel.Warning, "The folder {Folder} could not be listed; until it can be, it counts as unchanged")]
    public static partial void NotListed(this ILogger log, Exception exception, string folder);

    [LoggerMessage(LogLevel.Error, "Plugin {Plugin} threw an exception that nothing caught, in a thread, a timer or an async void method of its own; the server goes on")]
    public static partial void PluginCrashed(this ILogger log, Exception exception, string plugin);

    [LoggerMessage(LogLevel.Warning, "{File} could not be used; jobs of plugins run earlier than they would")]
    public static partial void HistoryUnusable(this ILogger log, Exception exception, string file);

    [LoggerMessage(LogLevel.Warning, "Other users can write to {Folder}, and so put other plugins in the place of yours: take that right away (chmod o-w)")]
    public static partial void FolderOpen(this ILogger log, string folder);

    [LoggerMessage(LogLevel.Error, "The folder {Folder} of a plugin could not be removed")]
    public static partial void RemovalFailed(this ILogger log, Exception exception, string folder);

    [LoggerMessage(LogLevel.Error, "The list of disabled plugins in {File} could not be read; no plugin is disabled")]
    public static partial void StateUnreadable(this ILogger log, Exception exception, string file);
}
