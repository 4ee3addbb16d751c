using Microsoft.Extensions.Time.Testing;

namespace Cowork.Harness.Anton.Tests;

/// <summary>A clock on which short waits are over at once; they are noted. Long ones, such as the watch over a silent model, run only when a test moves the clock.</summary>
sealed class JumpingClock() : FakeTimeProvider(new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero))
{
    /// <summary>The longest wait that is jumped over.</summary>
    public TimeSpan Short { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The waits that were jumped over.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && dueTime <= Short)
        {
            Waits.Add(dueTime);
            ThreadPool.UnsafeQueueUserWorkItem(static wait => wait.Clock.Advance(wait.Time), (Clock: this, Time: dueTime), preferLocal: false);
        }

        return timer;
    }
}
