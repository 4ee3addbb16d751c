using System.Collections.Concurrent;
using System.Threading.Channels;
using Cowork.Abstractions;

namespace MyPlugin;

sealed class Notes(IPluginSettings settings)
{
    readonly ConcurrentQueue<string> _notes = new();
    readonly Channel<string> _unwritten = Channel.CreateUnbounded<string>();
    int _kept;

    /// <summary>What the clerk has to write down.</summary>
    public ChannelReader<string> Unwritten => _unwritten.Reader;

    public void Add(string text)
    {
        _notes.Enqueue(text);
        _unwritten.Writer.TryWrite(text);
    }

    public void Kept() => Interlocked.Increment(ref _kept);

    public NoteList Read() => new(settings.Get("lastpart_heading") ?? "", [.. _notes], _kept);
}
