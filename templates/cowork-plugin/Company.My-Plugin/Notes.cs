using System.Collections.Concurrent;
using Cowork.Abstractions;

namespace Company.My_Plugin;

sealed class Notes(IPluginSettings settings)
{
    readonly ConcurrentQueue<string> _notes = new();
    int _kept;

    /// <summary>What the clerk has to write down, in order.</summary>
    public ConcurrentQueue<string> Unwritten { get; } = new();

    public void Add(string text)
    {
        _notes.Enqueue(text);
        Unwritten.Enqueue(text);
    }

    /// <summary>The first unwritten note is written.</summary>
    public void Kept()
    {
        Unwritten.TryDequeue(out _);
        Interlocked.Increment(ref _kept);
    }

    public NoteList Read() => new(settings.Get("lastpart_heading") ?? "", [.. _notes], _kept);
}
