namespace Cowork.Host.Tests.Schedules;

/// <summary>The system's clock, set wrong by as much as a test says; timers run as always.</summary>
sealed class ShiftedClock : TimeProvider
{
    long _offset;

    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _offset));
        set => Interlocked.Exchange(ref _offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
