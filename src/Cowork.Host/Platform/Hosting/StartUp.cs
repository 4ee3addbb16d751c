using Cowork.Host.Features.Approvals;
using Cowork.Host.Features.Projects;
using Cowork.Host.Features.Schedules;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;

namespace Cowork.Host.Platform.Hosting;

/// <summary>What has to be true before the first request, in this order; and what has to end before the last thing is disposed.</summary>
sealed partial class StartUp(
    Schema schema, GeneralProject general, SettingsService settings, LegacySettings legacy, TurnRecovery recovery, ScheduleRecovery schedules,
    ScheduleRunner runner, ApprovalGate approvals, TurnService turns, ServerOptions options, ILogger<StartUp> log)
    : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var notice in options.Notices)
            OptionUnusable(log, notice);
        schema.BringUpToDate();
        settings.Load();
        await legacy.ImportOnceAsync();
        await general.EnsureAsync();
        await recovery.RecoverAsync();
        await schedules.RecoverAsync();
        await approvals.RecoverAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => turns.ResumeQueuesAsync();

    /// <summary>Before the web server waits for its connections: streams end when their turns do.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        runner.Stop();
        return turns.StopAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "{Notice}")]
    static partial void OptionUnusable(ILogger log, string notice);
}
