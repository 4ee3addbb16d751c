using System.Threading.Channels;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// What is told about one turn, for somebody who waits for news of it. Make this first and look at the turn's row after that: then
/// nothing is missed between the two.
/// </summary>
sealed class TurnNotices : IDisposable
{
    readonly Channel<RunNotice> _notices = Channel.CreateUnbounded<RunNotice>();
    readonly IDisposable _subscription;

    public TurnNotices(IRunBus bus, Guid turnId) =>
        _subscription = bus.Subscribe((notice, turn) =>
        {
            if (turn == turnId && notice != RunNotice.CancelRequested)
                _notices.Writer.TryWrite(notice);
        });

    /// <summary>Ends with the next notice that nobody has waited for.</summary>
    public async Task<RunNotice> NextAsync(CancellationToken ct) => await _notices.Reader.ReadAsync(ct);

    public void Dispose() => _subscription.Dispose();
}
