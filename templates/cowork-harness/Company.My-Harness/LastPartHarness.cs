using System.Runtime.CompilerServices;
using Cowork.Abstractions;

namespace Company.My_Harness;

// One instance serves many turns at once: what belongs to a turn belongs into RunAsync.
sealed class LastPartHarness(IPluginSettings settings) : IHarness
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var said = string.Join(' ', request.Input.OfType<ContentBlock.TextBlock>().Select(block => block.Text));
        if (said == "fail")
            throw new HarnessException("lastpart_tired", "LastPart is tired. Ask something else.");

        yield return new HarnessEvent.TextDelta($"{settings.Get("lastpart_greeting")} ");
        foreach (var word in said.Split(' '))
        {
            // The user can stop a turn at any time.
            ct.ThrowIfCancellationRequested();
            await Task.Yield();
            if (word.Length > 0)
                yield return new HarnessEvent.TextDelta(word + ' ');
        }
    }
}
