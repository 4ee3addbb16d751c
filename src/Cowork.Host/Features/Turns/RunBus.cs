using System.Collections.Concurrent;

namespace Cowork.Host.Features.Turns;

/// <summary>What one part of the server tells all others about a turn.</summary>
enum RunNotice
{
    /// <summary>Somebody wants the turn to stop.</summary>
    CancelRequested,

    /// <summary>A turn that waited is running now.</summary>
    Started,

    /// <summary>A turn that waited was taken out of the queue.</summary>
    Withdrawn,

    /// <summary>The turn has ended and its rows are stored.</summary>
    Ended,
}

/// <summary>Carries notices between whoever runs a turn and whoever asks about it. The seam for several instances.</summary>
interface IRunBus
{
    /// <summary>Ends when the notice is on its way; subscribers of this process have had it by then.</summary>
    ValueTask PublishAsync(RunNotice notice, Guid turnId);

    /// <summary>Handlers are called on the publisher's thread and must be quick.</summary>
    IDisposable Subscribe(Action<RunNotice, Guid> handler);
}

/// <summary>Notices within one process.</summary>
sealed class InProcessRunBus : IRunBus
{
    readonly ConcurrentDictionary<Subscription, byte> _subscriptions = new();

    /// <summary>How many listen.</summary>
    public int SubscriberCount => _subscriptions.Count;

    public ValueTask PublishAsync(RunNotice notice, Guid turnId)
    {
        foreach (var (subscription, _) in _subscriptions)
            subscription.Handler(notice, turnId);
        return ValueTask.CompletedTask;
    }

    public IDisposable Subscribe(Action<RunNotice, Guid> handler)
    {
        var subscription = new Subscription(this, handler);
        _subscriptions.TryAdd(subscription, 0);
        return subscription;
    }

    sealed class Subscription(InProcessRunBus bus, Action<RunNotice, Guid> handler) : IDisposable
    {
        public Action<RunNotice, Guid> Handler => handler;

        public void Dispose() => bus._subscriptions.TryRemove(this, out _);
    }
}
