using System.Collections.Concurrent;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// Work that takes more than one turn of its conversation, for example a scheduled run that tries again. Between its turns no row tells
/// of it, and whoever stops the conversation then means this. Thread-safe.
/// </summary>
[FeatureService]
sealed class ConversationWork
{
    readonly ConcurrentDictionary<Guid, Func<CancellationToken, Task<bool>>> _stops = new();

    /// <summary>Notes work that begins; dispose the result when it is over.</summary>
    /// <param name="conversationId">A conversation of its own.</param>
    /// <param name="stop">Stops the work; ends when its end is stored, with whether it ended for that.</param>
    public IDisposable Begin(Guid conversationId, Func<CancellationToken, Task<bool>> stop)
    {
        _stops[conversationId] = stop;
        return new Note(this, conversationId);
    }

    /// <summary>Stops the work of a conversation.</summary>
    /// <returns>False when there was none, or it came to an end of its own.</returns>
    public Task<bool> StopAsync(Guid conversationId, CancellationToken ct) =>
        _stops.TryGetValue(conversationId, out var stop) ? stop(ct) : Task.FromResult(false);

    sealed class Note(ConversationWork work, Guid conversationId) : IDisposable
    {
        public void Dispose() => work._stops.TryRemove(conversationId, out _);
    }
}
