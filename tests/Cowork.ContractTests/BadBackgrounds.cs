using Cowork.Abstractions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cowork.ContractTests;

sealed class DeclaresABadSetting : Harness<DeclaresABadSetting>
{
    public override void Configure(IPluginBuilder plugin)
    {
        base.Configure(plugin);
        // Only where it is looked at: it could not run anywhere.
        plugin.AddSetting(new() { Key = "Bad Key", Label = "Bad" });
    }
}

sealed class NeverEndsItsJob : Harness<NeverEndsItsJob>
{
    public override void Configure(IPluginBuilder plugin)
    {
        base.Configure(plugin);
        plugin.AddJob<Endless>(new() { Id = "endless", Every = TimeSpan.FromMinutes(1) });
    }

    sealed class Endless : IPluginJob
    {
        public Task RunAsync(CancellationToken ct) => new TaskCompletionSource().Task;
    }
}

sealed class WorksNowAndThen : Harness<WorksNowAndThen>
{
    public override void Configure(IPluginBuilder plugin)
    {
        base.Configure(plugin);
        plugin.AddJob<Nap>(new() { Id = "nap", Cron = "0 4 * * *" });
    }

    sealed class Nap : IPluginJob
    {
        public Task RunAsync(CancellationToken ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct);
    }
}

sealed class DeclaresAJobThatIsNeverDue : Harness<DeclaresAJobThatIsNeverDue>
{
    public override void Configure(IPluginBuilder plugin)
    {
        base.Configure(plugin);
        plugin.AddJob<Never>(new() { Id = "never" });
    }

    sealed class Never : IPluginJob
    {
        public Task RunAsync(CancellationToken ct) => Task.CompletedTask;
    }
}

sealed class NeverLeaves : Harness<NeverLeaves>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request)
    {
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        return base.Events(request);
    }

    void OnExit(object? sender, EventArgs e) => _ = Name;
}

/// <summary>A harness with a background service.</summary>
abstract class Serving<TSelf, TService> : Harness<TSelf>
    where TSelf : Serving<TSelf, TService>
    where TService : class, IHostedService
{
    public override void Configure(IPluginBuilder plugin)
    {
        base.Configure(plugin);
        plugin.Services.AddHostedService<TService>();
    }
}

/// <summary>Answers only while its service runs, which stops as it should.</summary>
sealed class NeedsItsService : Serving<NeedsItsService, NeedsItsService.Listener>
{
    static int _listening;

    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => _listening > 0 ? base.Events(request) : [];

    internal sealed class Listener : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.FromResult(Interlocked.Increment(ref _listening));

        public Task StopAsync(CancellationToken cancellationToken) => Task.FromResult(Interlocked.Decrement(ref _listening));
    }
}

sealed class NeverEndsItsService : Serving<NeverEndsItsService, NeverEndsItsService.Endless>
{
    internal sealed class Endless : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => new TaskCompletionSource().Task;
    }
}

sealed class ServiceDoesNotStart : Serving<ServiceDoesNotStart, ServiceDoesNotStart.Broken>
{
    internal sealed class Broken : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("The port is taken.");

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

sealed class ServiceBreaksOff : Serving<ServiceBreaksOff, ServiceBreaksOff.Broken>
{
    internal sealed class Broken : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidOperationException("The connection is gone.");
        }
    }
}

/// <summary>The most usual leak: a timer that goes on ticking.</summary>
sealed class LeavesATimerBehind : Serving<LeavesATimerBehind, LeavesATimerBehind.Ticking>
{
    internal sealed class Ticking : IHostedService
    {
        Timer? _timer;
        int _ticks;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _timer = new Timer(_ => _ticks++, null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>Has an endpoint <c>notes</c>.</summary>
interface IHasNotes;

/// <summary>A harness with an endpoint that tests ask.</summary>
abstract class Answering<TSelf> : Harness<TSelf>, IHasNotes
    where TSelf : Answering<TSelf>
{
    public override void Configure(IPluginBuilder plugin)
    {
        base.Configure(plugin);
        plugin.MapEndpoints(routes => routes.MapGet("notes", new RequestDelegate(AnswerAsync)));
    }

    protected abstract Task AnswerAsync(HttpContext http);
}

sealed class AnswersRequests : Answering<AnswersRequests>
{
    protected override Task AnswerAsync(HttpContext http) => http.Response.WriteAsync("high at six");
}

sealed class FailsInAnEndpoint : Answering<FailsInAnEndpoint>
{
    protected override Task AnswerAsync(HttpContext http) => throw new InvalidOperationException("boom");
}

sealed class KeepsWhatIsAsked : Answering<KeepsWhatIsAsked>
{
    // The process keeps the handler, and with it the plugin, once it has been asked.
    protected override Task AnswerAsync(HttpContext http)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _ = Name;
        return Task.CompletedTask;
    }
}
