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

    /// <summary>An answer that is not complete after this can be stopped in its middle.</summary>
    static readonly TimeSpan LongAnswer = TimeSpan.FromSeconds(1);

    /// <summary>Which of the plugin's harnesses to test; need not be overridden when there is one.</summary>
    protected virtual string HarnessId => Assert.Single(Plugin.Harnesses).Id;

    /// <summary>What users say; each must be answered. Have one for everything that the harness can do, its tools for example.</summary>
    protected virtual IReadOnlyList<string> Questions => ["Hello, who are you?"];

    /// <summary>
    /// A question whose answer can be stopped in its middle: it takes longer than a second, or at least has more events than
    /// a stopped run may still send.
    /// </summary>
    protected virtual string LongQuestion => Questions[0];

    /// <summary>What makes a turn fail; leave it empty only if nothing can.</summary>
    protected virtual IReadOnlyList<string> FailingQuestions => [];

    /// <summary>The model to use when the harness declares <see cref="HarnessDescriptor.NeedsModel"/>; its key becomes <c>Canary</c>.</summary>
    protected virtual ModelChoice? Model => null;

    /// <summary>A file that the memory may have, if it lists none before something is saved.</summary>
    protected virtual string MemoryPath => "notes.md";

    /// <summary>Says what a turn begins with: its history, its attachments, who answers its questions.</summary>
    /// <param name="request">A turn in an empty conversation, in the project <c>harbour</c>.</param>
    /// <param name="services">What it finds in <see cref="TurnRequest.Services"/>: decides approvals and answers questions as it is told to.</param>
    /// <returns>The turn to run.</returns>
    protected virtual TurnRequest Prepare(TurnRequest request, TestTurnServices services) => request;

    /// <summary>Every question is answered.</summary>
    [Fact]
    public Task It_answers_in_text() => EachAsync(run =>
    {
        Assert.True(run.Problem is null, $"'{run.Question}' failed: {run.Problem}");
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

    /// <summary>Later turns read what was called and what came of it.</summary>
    [Fact]
    public Task Each_tool_call_is_completed() => EachAsync(EventRules.CompletedCalls);

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

    /// <summary>Whoever stops a turn at once need not wait for its first word.</summary>
    [Fact]
    public async Task A_turn_that_is_stopped_before_its_first_event_ends() => await StopsAsync(after: 0);

    /// <summary>A stopped turn does not go on, neither in the background nor to the end of its answer.</summary>
    [Fact]
    public async Task A_turn_that_is_stopped_in_the_middle_ends()
    {
        const int after = 1;
        var whole = await LengthAsync();
        // While the turn is stopped, the next event may be on its way.
        Assert.SkipWhen(whole <= after + 1, $"'{LongQuestion}' is answered at once, in {whole} events, so there is no middle: override {nameof(LongQuestion)}.");
        var said = await StopsAsync(after);
        Assert.True(
            whole is null || said < whole,
            $"'{LongQuestion}' was answered to its end, in {said} events, although the turn was stopped after the first: pass the token on, or override {nameof(LongQuestion)}.");
    }

    /// <summary>One instance serves many turns.</summary>
    [Fact]
    public async Task Turns_at_once_do_not_disturb_each_other()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, TurnsAtOnce).Select(i => Task.Run(() => RunAsync(Questions[i % Questions.Count]), Ct)));
        Assert.All(runs, run => Assert.True(run.Problem is null, $"'{run.Question}' failed beside other turns: {run.Problem}"));
    }

    private protected override async Task WorkAsync(PluginUnderTest plugin, CancellationToken ct)
    {
        await base.WorkAsync(plugin, ct);
        var id = HarnessId;
        foreach (var question in Questions.Concat(FailingQuestions))
            await HarnessRun.OfAsync(plugin.Harness(id), question, Request(plugin, id, question).Request, ct);
        try
        {
            await StopAsync(plugin, id, after: 1, ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // The tests of stopping say so.
        }
    }

    private protected override async Task ExamineAsync(PluginUnderTest plugin, Action<string, string?> see)
    {
        var harness = plugin.Harness(HarnessId);
        foreach (var question in Questions.Concat(FailingQuestions))
        {
            var (request, services) = Request(plugin, HarnessId, question);
            var run = await HarnessRun.OfAsync(harness, question, request, Ct);
            foreach (var e in run.Events)
                see($"'{question}': an event of type {e.GetType().Name}", e.ToString());
            see($"'{question}': the message of the failure", run.Failure?.UserMessage);
            foreach (var asked in services.Asked)
                see($"'{question}': the request for approval", asked.ToString());
            foreach (var asked in services.Questions)
                see($"'{question}': the question to the user", $"{asked} {string.Join(' ', asked.Options)}");
            foreach (var file in harness is IHarnessMemory memory ? await memory.ListAsync(request.Project, Ct) : [])
                see($"The memory, {file.Path},", file.Content);
        }
    }

    async Task EachAsync(Action<HarnessRun> rule)
    {
        foreach (var question in Questions)
            rule(await RunAsync(question));
    }

    async Task<HarnessRun> RunAsync(string question)
    {
        var plugin = await ServingAsync();
        var run = HarnessRun.OfAsync(plugin.Harness(HarnessId), question, Request(plugin, HarnessId, question).Request, Ct);
        return await run.WaitAsync(LongestTurn, TimeProvider.System, Ct);
    }

    /// <returns>How many events there were.</returns>
    async Task<int> StopsAsync(int after)
    {
        try
        {
            return await StopAsync(await ServingAsync(), HarnessId, after, Ct);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"'{LongQuestion}': the turn still runs {Patience.TotalSeconds} seconds after it was stopped.");
            return 0;
        }
    }

    /// <returns>How many events the answer has; <c>null</c> when it takes long.</returns>
    async Task<int?> LengthAsync()
    {
        var plugin = await ServingAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var run = Task.Run(() => HarnessRun.OfAsync(plugin.Harness(HarnessId), LongQuestion, Request(plugin, HarnessId, LongQuestion).Request, enough.Token), CancellationToken.None);
        if (await Task.WhenAny(run, Task.Delay(LongAnswer, Ct)) == run)
            return (await run).Events.Count;
        await enough.CancelAsync();
        await Task.WhenAny(run, Task.Delay(Patience, Ct));
        return null;
    }

    /// <returns>How many events there were.</returns>
    async Task<int> StopAsync(PluginUnderTest plugin, string id, int after, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var harness = plugin.Harness(id);
        var request = Request(plugin, id, LongQuestion).Request;
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = stop.Token.Register(stopped.SetResult);
        // On another thread: a harness that never gives its thread back must not take the test with it.
        var run = Task.Run(() => ReadAsync(harness.RunAsync(request, stop.Token), after, stop), CancellationToken.None);
        await Task.WhenAny(run, stopped.Task).WaitAsync(LongestTurn, TimeProvider.System, ct);
        return await run.WaitAsync(Patience, TimeProvider.System, ct);
    }

    static async Task<int> ReadAsync(IAsyncEnumerable<HarnessEvent> events, int after, CancellationTokenSource stop)
    {
        var seen = 0;
        try
        {
            await using var reader = events.GetAsyncEnumerator(stop.Token);
            var next = reader.MoveNextAsync();
            for (; ; seen++)
            {
                if (seen == after)
                    await stop.CancelAsync();
                if (!await next)
                    return seen;
                next = reader.MoveNextAsync();
            }
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or HarnessException { Code: FailureCodes.Cancelled })
        {
            // That is how a stopped turn may end.
            return seen;
        }
    }

    (TurnRequest Request, TestTurnServices Services) Request(PluginUnderTest plugin, string harness, string question)
    {
        var needsModel = plugin.Harnesses.Single(h => h.Id == harness).NeedsModel;
        Assert.False(needsModel && Model is null, $"The harness needs a model: override {nameof(Model)}.");
        var model = Model is null ? null : Model with { ApiKey = new(Canary) };
        var services = TestTurn.Services(plugin);
        return (Prepare(TestTurn.Request(plugin, question, needsModel ? new(model!, model!) : null, services), services), services);
    }
}
