namespace Cowork.Host.Features.Turns.Log;

/// <summary>
/// Wakes everyone who waits, at the cost of one queued work item for whoever raises it, however many wait. Nobody waiting:
/// one memory barrier.
/// </summary>
sealed class ChangeSignal
{
    TaskCompletionSource? _waiting;

    /// <summary>Ends at the next <see cref="Raise"/>. Look for the change once more after calling this and before awaiting.</summary>
    public Task NextAsync()
    {
        while (true)
        {
            if (Volatile.Read(ref _waiting) is { } shared)
            {
                // The full fence lets the caller see every change whose Raise did not see this waiter.
                Interlocked.MemoryBarrier();
                return shared.Task;
            }

            // Continuations run on the work item that Raise queues, not on the thread that raises.
            var mine = new TaskCompletionSource();
            if (Interlocked.CompareExchange(ref _waiting, mine, null) is null)
                return mine.Task;
        }
    }

    /// <summary>Call after the change is visible.</summary>
    public void Raise()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiting) is not null && Interlocked.Exchange(ref _waiting, null) is { } waiting)
            ThreadPool.UnsafeQueueUserWorkItem(static w => w.TrySetResult(), waiting, preferLocal: false);
    }
}
