namespace Cowork.Host.Tests;

/// <summary>The system's clock, set wrong by as much as a test says; timers run as always, unless a test is in a hurry.</summary>
sealed class ShiftedClock : TimeProvider
{
    readonly List<ITimer> _held = [];
    long _offset;

    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _offset));
        set => Interlocked.Exchange(ref _offset, value.Ticks);
    }

    /// <summary>Waits of exactly these lengths are over at once.</summary>
    public IReadOnlySet<TimeSpan> Skipped { get; set; } = new HashSet<TimeSpan>();

    /// <summary>Waits of exactly this length are over with <see cref="LetGo"/>, and not before.</summary>
    public TimeSpan? Held { get; set; }

    public void LetGo()
    {
        lock (_held)
            foreach (var timer in _held)
                timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != Held)
            return base.CreateTimer(callback, state, Skipped.Contains(dueTime) ? TimeSpan.Zero : dueTime, period);
        var timer = base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        lock (_held)
            _held.Add(timer);
        return timer;
    }
}
