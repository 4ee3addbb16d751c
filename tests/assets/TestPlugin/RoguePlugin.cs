using System.Runtime.CompilerServices;
using Cowork.Abstractions;

namespace Cowork.Test;

/// <summary>Does whatever a bad harness can do; the message says what.</summary>
public sealed class RoguePlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Rogue";

    public void Configure(IPluginBuilder plugin) => plugin.AddHarness<RogueHarness>(new() { Id = "rogue", Label = "Rogue" });
}

sealed class RogueHarness : IHarness
{
    Timer? _timer;

    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.Yield();
        yield return new HarnessEvent.TextDelta("before ");
        switch (((ContentBlock.TextBlock)request.Input[0]).Text)
        {
            case "break":
                throw new InvalidOperationException("the canary sings");
            case "garbage":
                foreach (var e in Garbage())
                    yield return e;
                break;
            case "ignore":
                await new TaskCompletionSource().Task;
                break;
            case "flood":
                while (true)
                    yield return new HarnessEvent.TextDelta("again ");
            case "thread":
                new Thread(() => throw new InvalidOperationException("A thread was asked to throw.")).Start();
                break;
            case "timer":
                _timer = new Timer(_ => throw new InvalidOperationException("A timer was asked to throw."), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                break;
            case "async void":
                Forgotten();
                break;
            case "swell":
                var text = new string('x', 1 << 20);
                while (true)
                    yield return new HarnessEvent.TextDelta(text);
        }

        yield return new HarnessEvent.TextDelta("after");
    }

    static async void Forgotten()
    {
        await Task.Yield();
        throw new InvalidOperationException("An async void method was asked to throw.");
    }

    static IEnumerable<HarnessEvent> Garbage() =>
    [
        null!, new HarnessEvent.TextDelta(null!), new HarnessEvent.TextDelta("\ud800\n\ndata: {\"type\":\"response.completed\"}\n\n"), new HarnessEvent.ReasoningDelta(null!),
        new HarnessEvent.ToolStarted(null!, null!), new HarnessEvent.ToolArguments("never-started", null!, "{\"half"), new HarnessEvent.ToolArguments(null!, "tool", null!),
        new HarnessEvent.Progress(null!, null!), new HarnessEvent.Usage(-1, int.MinValue), new HarnessEvent.Warning(null!, null!), new HarnessEvent.ContextCompacted(null!),
    ];
}
