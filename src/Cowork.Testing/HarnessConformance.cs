using Cowork.Abstractions;

namespace Cowork.Testing;

/// <summary>
/// The contract tests for a harness. Derive a public class in an xunit.v3 project; say what to ask, and the tests are yours:
/// <code>public sealed class ParrotTests : HarnessConformance&lt;ParrotPlugin&gt;;</code>
/// </summary>
/// <typeparam name="TPlugin">The entry of the plugin.</typeparam>
public abstract partial class HarnessConformance<TPlugin> : PluginConformance<TPlugin>
    where TPlugin : class, ICoworkPlugin, new()
{
    const int TurnsAtOnce = 8;
    static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(1);

    /// <summary>Which of the plugin's harnesses to test; need not be overridden when there is one.</summary>
    protected virtual string HarnessId => Assert.Single(Plugin.Harnesses).Id;

    /// <summary>What users say; each must be answered. Have one for everything that the harness can do, its tools for example.</summary>
    protected virtual IReadOnlyList<string> Questions => ["Hello, who are you?"];

    /// <summary>A question whose answer takes long enough to be stopped in its middle.</summary>
    protected virtual string LongQuestion => Questions[0];

    /// <summary>What makes a turn fail; leave it empty only if nothing can.</summary>
    protected virtual IReadOnlyList<string> FailingQuestions => [];

    /// <summary>The model to use when the harness declares <see cref="HarnessDescriptor.NeedsModel"/>; its key becomes <c>Canary</c>.</summary>
    protected virtual ModelChoice? Model => null;

    /// <summary>A file that the memory may have, if it lists none before something is saved.</summary>
    protected virtual string MemoryPath => "notes.md";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Every question is answered.</summary>
    [Fact]
    public Task It_answers_in_text() => EachAsync(run =>
    {
        Assert.True(run.Failure is null, $"'{run.Question}' failed: {run.Failure?.UserMessage}");
        Assert.False(string.IsNullOrWhiteSpace(run.Text), $"'{run.Question}' got no text.");
    });

    /// <summary>Empty pieces of text cost a step of the pipeline each and say nothing.</summary>
    [Fact]
    public Task It_sends_no_empty_text() => EachAsync(EventRules.NoEmptyText);

    /// <summary>Clients tell the calls of a turn apart by their ids.</summary>
    [Fact]
    public Task Each_tool_call_has_an_id_of_its_own() => EachAsync(EventRules.UniqueToolCalls);

    /// <summary>Arguments, results and progress belong to a call that has started, under its name.</summary>
    [Fact]
    public Task A_tool_starts_before_anything_else_is_said_of_it() => EachAsync(EventRules.StartsFirst);

    /// <summary>Clients parse what the event promises to be whole.</summary>
    [Fact]
    public Task Tool_arguments_are_complete_JSON() => EachAsync(EventRules.JsonArguments);

    /// <summary>The host adds the counts of all calls up.</summary>
    [Fact]
    public Task Counts_of_tokens_make_sense() => EachAsync(EventRules.SensibleUsage);

    /// <summary>Programs read the code, people the sentence.</summary>
    [Fact]
    public Task Warnings_have_a_code_and_a_sentence() => EachAsync(EventRules.Warnings);

    /// <summary>Anything but a <see cref="HarnessException"/> reaches the user as a defect of the plugin.</summary>
    [Fact]
    public async Task A_failed_turn_has_a_code_and_a_sentence()
    {
        Assert.SkipWhen(FailingQuestions.Count == 0, $"No {nameof(FailingQuestions)} are given.");
        foreach (var question in FailingQuestions)
            EventRules.Failure(await RunAsync(question));
    }

    /// <summary>Neither the model's key nor a secret setting turns up in events, failures or logs.</summary>
    [Fact]
    public async Task Nothing_shows_a_secret()
    {
        foreach (var question in Questions.Concat(FailingQuestions))
        {
            var run = await RunAsync(question);
            Assert.All(run.Events, e => Assert.False(Shows(e.ToString()), $"'{question}': an event of type {e.GetType().Name} shows a secret."));
            Assert.False(Shows(run.Failure?.UserMessage), $"'{question}': the message of the failure shows a secret.");
        }

        Assert.False(Shows(Plugin.Log), "The log shows a secret.");
    }

    /// <summary>Whoever stops a turn at once need not wait for its first word.</summary>
    [Fact]
    public Task A_turn_that_is_stopped_before_its_first_event_ends() => StopsAsync(after: 0);

    /// <summary>A stopped turn does not go on in the background.</summary>
    [Fact]
    public Task A_turn_that_is_stopped_in_the_middle_ends() => StopsAsync(after: 1);

    /// <summary>One instance serves many turns.</summary>
    [Fact]
    public async Task Turns_at_once_do_not_disturb_each_other()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, TurnsAtOnce).Select(i => Task.Run(() => RunAsync(Questions[i % Questions.Count]), Ct)));
        Assert.All(runs, run => Assert.True(run.Failure is null, $"'{run.Question}' failed beside other turns: {run.Failure?.UserMessage}"));
    }

    private protected override async Task UseAsync(PluginUnderTest plugin, CancellationToken ct)
    {
        await base.UseAsync(plugin, ct);
        var id = HarnessId;
        foreach (var question in Questions.Concat(FailingQuestions))
            await HarnessRun.OfAsync(plugin.Harness(id), question, Request(plugin, id, question), ct);
        try
        {
            await StopAsync(plugin, id, after: 1, ct);
        }
        catch (Exception e) when (e is TimeoutException or HarnessException)
        {
            // The tests of stopping say so.
        }
    }

    async Task EachAsync(Action<HarnessRun> rule)
    {
        foreach (var question in Questions)
            rule(await RunAsync(question));
    }

    async Task<HarnessRun> RunAsync(string question)
    {
        var run = HarnessRun.OfAsync(Plugin.Harness(HarnessId), question, Request(Plugin, HarnessId, question), Ct);
        return await run.WaitAsync(LongestTurn, TimeProvider.System, Ct);
    }

    async Task StopsAsync(int after)
    {
        try
        {
            await StopAsync(Plugin, HarnessId, after, Ct);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"'{LongQuestion}': the turn still runs {Patience.TotalSeconds} seconds after it was stopped.");
        }
    }

    async Task StopAsync(PluginUnderTest plugin, string id, int after, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var harness = plugin.Harness(id);
        var request = Request(plugin, id, LongQuestion);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = stop.Token.Register(stopped.SetResult);
        // On another thread: a harness that never gives its thread back must not take the test with it.
        var run = Task.Run(() => ReadAsync(harness.RunAsync(request, stop.Token), after, stop), CancellationToken.None);
        await Task.WhenAny(run, stopped.Task).WaitAsync(LongestTurn, TimeProvider.System, ct);
        try
        {
            await run.WaitAsync(Patience, TimeProvider.System, ct);
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or HarnessException { Code: FailureCodes.Cancelled })
        {
            // That is how a stopped turn may end.
        }
    }

    static async Task ReadAsync(IAsyncEnumerable<HarnessEvent> events, int after, CancellationTokenSource stop)
    {
        await using var reader = events.GetAsyncEnumerator(stop.Token);
        var next = reader.MoveNextAsync();
        for (var seen = 0; ; seen++)
        {
            if (seen == after)
                await stop.CancelAsync();
            if (!await next)
                return;
            next = reader.MoveNextAsync();
        }
    }

    TurnRequest Request(PluginUnderTest plugin, string harness, string question)
    {
        var needsModel = plugin.Harnesses.Single(h => h.Id == harness).NeedsModel;
        Assert.False(needsModel && Model is null, $"The harness needs a model: override {nameof(Model)}.");
        var model = Model is null ? null : Model with { ApiKey = new(Canary) };
        return TestTurn.Request(plugin, question, needsModel ? new(model!, model!) : null);
    }

    static bool Shows(string? text) => text?.Contains(Canary, StringComparison.Ordinal) == true;
}
