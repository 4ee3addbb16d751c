namespace Cowork.Host.Tests;

/// <summary>The system's clock, set wrong by as much as a test says; timers run as always, unless a test is in a hurry.</summary>
sealed class ShiftedClock : TimeProvider
{
    long _offset;

    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _offset));
        set => Interlocked.Exchange(ref _offset, value.Ticks);
    }

    /// <summary>Waits of exactly these lengths are over at once.</summary>
    public IReadOnlySet<TimeSpan> Skipped { get; set; } = new HashSet<TimeSpan>();

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Skipped.Contains(dueTime) ? TimeSpan.Zero : dueTime, period);
}
