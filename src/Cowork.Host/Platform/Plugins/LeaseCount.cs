namespace Cowork.Host.Platform.Plugins;

/// <summary>Counts who is inside a build of a plugin. Once retired and empty it stays empty.</summary>
sealed class LeaseCount
{
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _count = 1;   // the host's own, given up by Retire
    int _retired;

    /// <summary>Completes when the build is retired and the last one has left.</summary>
    public Task Drained => _drained.Task;

    public int Count => Math.Max(0, Volatile.Read(ref _count) - (Volatile.Read(ref _retired) == 0 ? 1 : 0));

    public bool TryEnter()
    {
        while (true)
        {
            var count = Volatile.Read(ref _count);
            if (count == 0)
                return false;
            if (Interlocked.CompareExchange(ref _count, count + 1, count) == count)
                return true;
        }
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _count) == 0)
            _drained.SetResult();
    }

    public void Retire()
    {
        if (Interlocked.Exchange(ref _retired, 1) == 0)
            Exit();
    }
}
