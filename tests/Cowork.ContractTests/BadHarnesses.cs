using System.Runtime.CompilerServices;
using Cowork.Abstractions;

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
        new HarnessEvent.ToolStarted("1", "look"), new HarnessEvent.ToolArguments("1", "look", "{}"), Completed("1"),
        new HarnessEvent.TextDelta("Hello"), new HarnessEvent.Usage(3, 4), new HarnessEvent.Warning("slow_model", "The model is slow today."),
    ];

    protected static HarnessEvent Completed(string call) => new HarnessEvent.ToolCompleted(call, "look", IsError: false, "a ship");

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
        [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.ToolArguments("1", "look", "{}"), new HarnessEvent.ToolStarted("1", "look"), Completed("1")];
}

sealed class SendsHalfOfTheArguments : Harness<SendsHalfOfTheArguments>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.ToolStarted("1", "look"), new HarnessEvent.ToolArguments("1", "look", "{\"at\":"), Completed("1")];
}

sealed class CountsBackwards : Harness<CountsBackwards>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.Usage(-1, 0)];
}

sealed class WarnsWithoutACode : Harness<WarnsWithoutACode>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.Warning("Slow Model!", "The model is slow.")];
}

sealed class FailsWithoutASentence : Harness<FailsWithoutASentence>
{
    protected override Exception Failure(TurnRequest request) => new HarnessException("Boom", "{\"error\":\"boom\"}");
}

sealed class RenamesATool : Harness<RenamesATool>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.ToolStarted("1", "look"), new HarnessEvent.ToolArguments("1", "listen", "{}"), Completed("1")];
}

sealed class ThrowsAnything : Harness<ThrowsAnything>
{
    protected override Exception Failure(TurnRequest request) => new InvalidOperationException("boom");
}

sealed class ThrowsInsteadOfAnswering : Harness<ThrowsInsteadOfAnswering>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => throw new InvalidOperationException("boom");
}

sealed class SendsEmptyReasoning : Harness<SendsEmptyReasoning>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.ReasoningDelta(""), .. base.Events(request)];
}

sealed class CompletesArgumentsTwice : Harness<CompletesArgumentsTwice>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.ToolStarted("2", "look"), new HarnessEvent.ToolArguments("2", "look", "{}"), .. base.Events(request), new HarnessEvent.ToolArguments("2", "look", "{}"), Completed("2")];
}

sealed class GivesACallNoId : Harness<GivesACallNoId>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.ToolStarted(" ", "look"), new HarnessEvent.ToolArguments(" ", "look", "{}"), Completed(" "), .. base.Events(request)];
}

sealed class GivesAToolNoName : Harness<GivesAToolNoName>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [new HarnessEvent.ToolStarted("2", ""), new HarnessEvent.ToolArguments("2", "", "{}"), new HarnessEvent.ToolCompleted("2", "", false, "nothing"), .. base.Events(request)];
}

sealed class LeavesACallOpen : Harness<LeavesACallOpen>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) =>
        [.. base.Events(request), new HarnessEvent.ToolStarted("2", "look"), new HarnessEvent.ToolArguments("2", "look", "{}"), new HarnessEvent.Progress("tool_done", "a ship") { ToolUseId = "2" }];
}

sealed class CompletesACallWithoutArguments : Harness<CompletesACallWithoutArguments>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [.. base.Events(request), new HarnessEvent.ToolStarted("2", "look"), Completed("2")];
}

sealed class CompletesACallTwice : Harness<CompletesACallTwice>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [.. base.Events(request), Completed("1")];
}

sealed class ReadsMoreFromTheCacheThanAtAll : Harness<ReadsMoreFromTheCacheThanAtAll>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.Usage(1, 1) { CachedInputTokens = 2 }];
}

sealed class WarnsWithoutASentence : Harness<WarnsWithoutASentence>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta("Hello"), new HarnessEvent.Warning("slow_model", "slow")];
}
