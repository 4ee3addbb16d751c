using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Microsoft.Extensions.Logging;

namespace Cowork.ContractTests;

/// <summary>A harness that does everything right, for others to do one thing wrong.</summary>
abstract class Harness<TSelf> : ICoworkPlugin, IHarness
    where TSelf : Harness<TSelf>
{
    public string Name => typeof(TSelf).Assembly.GetName().Name!;

    public virtual void Configure(IPluginBuilder plugin) => plugin.AddHarness<TSelf>(new() { Id = "under-test", Label = "Under test", NeedsModel = true });

    public virtual async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        if (request.Input is [ContentBlock.TextBlock { Text: "fail" }])
            throw Failure(request);
        foreach (var e in Events(request))
        {
            ct.ThrowIfCancellationRequested();
            await Task.Yield();
            yield return e;
        }
    }

    protected virtual IEnumerable<HarnessEvent> Events(TurnRequest request) =>
    [
        new HarnessEvent.ToolStarted("1", "look"), new HarnessEvent.ToolArguments("1", "look", "{}"), new HarnessEvent.TextDelta("Hello"),
        new HarnessEvent.Usage(3, 4), new HarnessEvent.Warning("slow_model", "The model is slow today."),
    ];

    protected virtual Exception Failure(TurnRequest request) => new HarnessException(FailureCodes.RateLimited, "Too many questions. Wait a minute and ask again.");
}

sealed class DoesEverythingRight : Harness<DoesEverythingRight>;

sealed class SaysNothing : Harness<SaysNothing>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.ReasoningDelta("Hm.")];
}

sealed class SendsEmptyText : Harness<SendsEmptyText>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta(""), new HarnessEvent.TextDelta("Hello")];
}

sealed class UsesAToolIdTwice : Harness<UsesAToolIdTwice>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [.. base.Events(request), new HarnessEvent.ToolStarted("1", "look")];
}

sealed class StartsAToolTooLate : Harness<StartsAToolTooLate>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.ToolArguments("1", "look", "{}"), new HarnessEvent.ToolStarted("1", "look")];
}

sealed class SendsHalfOfTheArguments : Harness<SendsHalfOfTheArguments>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.ToolStarted("1", "look"), new HarnessEvent.ToolArguments("1", "look", "{\"at\":")];
}

sealed class CountsBackwards : Harness<CountsBackwards>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.Usage(-1, 0)];
}

sealed class WarnsWithoutACode : Harness<WarnsWithoutACode>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.Warning("Slow Model!", "The model is slow.")];
}

sealed class ThrowsAnything : Harness<ThrowsAnything>
{
    protected override Exception Failure(TurnRequest request) => new HarnessException("Boom", "{\"error\":\"boom\"}");
}

sealed class ShowsTheKey : Harness<ShowsTheKey>
{
    protected override Exception Failure(TurnRequest request) => new HarnessException(FailureCodes.ProviderAuth, $"The key {request.Models!.Planning.ApiKey!.Reveal()} is wrong.");
}

sealed class SaysTheKey : Harness<SaysTheKey>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta(request.Models!.Planning.ApiKey!.Reveal())];
}

sealed class RenamesATool : Harness<RenamesATool>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.ToolStarted("1", "look"), new HarnessEvent.ToolArguments("1", "listen", "{}")];
}

sealed class LogsTheKey(ILogger<LogsTheKey>? log) : Harness<LogsTheKey>
{
    public LogsTheKey()
        : this(null)
    {
    }

    protected override IEnumerable<HarnessEvent> Events(TurnRequest request)
    {
#pragma warning disable CA1848, CA1873, CA2254 // It is meant to be bad.
        log!.LogInformation(request.Models!.Planning.ApiKey!.Reveal());
#pragma warning restore CA1848, CA1873, CA2254
        return base.Events(request);
    }
}

sealed class CannotBeStopped : Harness<CannotBeStopped>
{
    public override async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        if (request.Input is [ContentBlock.TextBlock { Text: "long" }])
        {
            yield return new HarnessEvent.TextDelta("Wait. ");
            await new TaskCompletionSource().Task;
        }

        await foreach (var e in base.RunAsync(request, ct))
            yield return e;
    }
}

sealed class RunsOneTurnAtATime : Harness<RunsOneTurnAtATime>
{
    int _running;

    public override async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        if (Interlocked.Increment(ref _running) > 1)
            throw new HarnessException("busy", "Another question is being answered. Ask again later.");
        await Task.Delay(20, ct);
        await foreach (var e in base.RunAsync(request, ct))
            yield return e;
        Interlocked.Decrement(ref _running);
    }
}

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
