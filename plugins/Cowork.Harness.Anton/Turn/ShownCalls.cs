using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>
/// The tool calls that clients have seen begin, over all tries of one model call. A call whose stream broke goes on under its id when the next
/// try makes it again, and is closed when it does not.
/// </summary>
sealed class ShownCalls(TurnState turn)
{
    readonly Dictionary<string, ModelEvent.ToolStarted> _begun = new(StringComparer.Ordinal);
    readonly List<ModelEvent.ToolStarted> _made = [];
    readonly List<ModelEvent.ToolStarted> _broken = [];

    /// <summary>After a try that failed: what it called is not run.</summary>
    public IEnumerable<HarnessEvent> Break()
    {
        foreach (var call in _made)
            yield return new HarnessEvent.ToolCompleted(call.Id, call.Name, IsError: true, "Not run: the reply that made this call broke off.");
        _made.Clear();
        _broken.AddRange(_begun.Values);
        _begun.Clear();
    }

    /// <summary>The event under an id that is unique in the conversation.</summary>
    /// <param name="e">What the model says.</param>
    /// <param name="isKnown">Whether clients have seen it already.</param>
    public ModelEvent Own(ModelEvent e, out bool isKnown)
    {
        isKnown = false;
        switch (e)
        {
            case ModelEvent.ToolStarted started:
                var earlier = _broken.Find(call => call.Name == started.Name);
                isKnown = earlier is not null && _broken.Remove(earlier);
                return _begun[started.Id] = started with { Id = earlier?.Id ?? turn.NewCallId(started.Id) };
            case ModelEvent.ToolCalled { Call: var call } when _begun.Remove(call.Id, out var begun):
                _made.Add(begun);
                return new ModelEvent.ToolCalled(call with { Id = begun.Id });
            default:
                return e;
        }
    }

    /// <summary>Ends what was begun and never made, for those who watch it.</summary>
    public IEnumerable<HarnessEvent> Close()
    {
        foreach (var call in _broken.Concat(_begun.Values))
            yield return new HarnessEvent.Progress(call.Name == ToolRunner.Scratchpad ? "scratchpad_done" : "tool_done", $"{call.Name} was not run: the model broke off") { ToolUseId = call.Id };
    }
}
