using System.Runtime.CompilerServices;
using Cowork.Abstractions;

namespace Cowork.ContractTests;

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

/// <summary>Has all that it wants to say at once, and says it whatever happens.</summary>
sealed class SaysEverythingAlthoughItIsStopped : Harness<SaysEverythingAlthoughItIsStopped>
{
    public override async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var e in base.RunAsync(request, CancellationToken.None))
            yield return e;
    }
}

/// <summary>There is nothing to stop: the answer is one piece, and there at once.</summary>
sealed class AnswersInOnePiece : Harness<AnswersInOnePiece>
{
    protected override IEnumerable<HarnessEvent> Events(TurnRequest request) => [new HarnessEvent.TextDelta("Hello")];
}
