using Cowork.Host.Features.Approvals;
using Cowork.Host.Features.Projects;
using Cowork.Host.Features.Schedules;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Platform.Hosting;

/// <summary>What has to be true before the first request, in this order; and what has to end before the last thing is disposed.</summary>
sealed partial class StartUp(
    DataLock dataLock, Schema schema, GeneralProject general, SettingsService settings, LegacySettings legacy, TurnRecovery recovery, ScheduleRecovery schedules,
    ScheduleRunner runner, ApprovalGate approvals, TurnService turns, HarnessChoice harnesses, ServerOptions options, ILogger<StartUp> log)
    : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var notice in options.Notices)
            OptionUnusable(log, notice);
        CreateDataRoot();
        // Before anything looks at what another process may be working on.
        await dataLock.TakeAsync(cancellationToken);
        schema.BringUpToDate();
        settings.Load();
        await legacy.ImportOnceAsync();
        await general.EnsureAsync();
        await recovery.RecoverAsync();
        await schedules.RecoverAsync();
        await approvals.RecoverAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (harnesses.Problem is { } problem)
            ChosenAgentMissing(log, problem);
        return options.ServesOneCall ? Task.CompletedTask : turns.ResumeQueuesAsync();
    }

    /// <summary>Before the web server waits for its connections: streams end when their turns do.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        runner.Stop();
        return turns.StopAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    void CreateDataRoot()
    {
        try
        {
            PrivateFolder.Create(options.DataRoot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The data folder {options.DataRoot} cannot be made. Check the permissions of the folder above it, or choose another one with COWORK_HOME.", e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Notice}")]
    static partial void OptionUnusable(ILogger log, string notice);

    [LoggerMessage(LogLevel.Warning, "{Problem}")]
    static partial void ChosenAgentMissing(ILogger log, string problem);
}
