using System.Text;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Puts the tool calls of one streamed reply together from their pieces, whatever a server leaves out.</summary>
sealed class StreamedToolCalls
{
    readonly List<Pending> _calls = [];
    readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public bool Any => _calls.Count > 0;

    /// <summary>Adds a piece of a call.</summary>
    /// <param name="index">Which call of the reply. Some servers give all of them the same one.</param>
    /// <param name="id">Its id, usually only in the first piece.</param>
    /// <param name="name">The tool, usually only in the first piece.</param>
    /// <param name="arguments">The next piece of the arguments.</param>
    /// <param name="providerData">What the provider wants to see again.</param>
    /// <returns>The start of the call, once its name is known; else <c>null</c>.</returns>
    public ModelEvent.ToolStarted? Add(long index, string? id, string? name, string? arguments, string? providerData = null)
    {
        var call = _calls.FindLast(c => c.Index == index);
        if (call is null || (id is { Length: > 0 } && call.Id is { Length: > 0 } && id != call.Id))
            _calls.Add(call = new(index));
        call.Id ??= id is { Length: > 0 } ? id : null;
        call.Name ??= name is { Length: > 0 } ? name : null;
        call.ProviderData = providerData ?? call.ProviderData;
        call.Arguments.Append(arguments);
        if (call.WasAnnounced || call.Name is null)
            return null;
        call.WasAnnounced = true;
        // Some servers have no ids; the name and the place make one that is the same when the turn is sent again. Others give all calls the same.
        call.Id ??= $"call_{call.Name}_{_calls.Count}";
        while (!_ids.Add(call.Id))
            call.Id = $"{call.Id}_{_calls.Count}";
        return new(call.Id, call.Name);
    }

    /// <summary>The call at an index, complete.</summary>
    public ModelEvent.ToolCalled? Take(long index)
    {
        var call = _calls.FindLast(c => c.Index == index && c.WasAnnounced);
        if (call is null)
            return null;
        _calls.Remove(call);
        return call.ToEvent();
    }

    /// <summary>All calls, complete, in the order in which they began.</summary>
    public IEnumerable<ModelEvent.ToolCalled> TakeAll()
    {
        foreach (var call in _calls)
            if (call.WasAnnounced)
                yield return call.ToEvent();
        _calls.Clear();
    }

    sealed class Pending(long index)
    {
        public long Index => index;
        public string? Id { get; set; }
        public string? Name { get; set; }
        public string? ProviderData { get; set; }
        public StringBuilder Arguments { get; } = new();
        public bool WasAnnounced { get; set; }

        public ModelEvent.ToolCalled ToEvent() =>
            new(new(Id!, Name!, Arguments.Length == 0 ? "{}" : Arguments.ToString()) { ProviderData = ProviderData });
    }
}
