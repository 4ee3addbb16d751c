namespace Cowork.Host.Features.Search;

/// <summary>Runs a piece of work in the background, never twice at once; whoever asks meanwhile gets the run that is going on.</summary>
sealed class OneAtATime(Func<CancellationToken, Task> work, Action<Exception> failed) : IAsyncDisposable
{
    /// <summary>A disk or a network share that does not answer must not keep the server from ending.</summary>
    static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();
    readonly CancellationTokenSource _stopping = new();
    Task _running = Task.CompletedTask;

    /// <param name="mayStart">Asked when nothing runs.</param>
    /// <returns>The run, or a completed task. It never fails.</returns>
    public Task Ensure(Func<bool> mayStart)
    {
        lock (_gate)
        {
            if (!_running.IsCompleted || _stopping.IsCancellationRequested || !mayStart())
                return _running;
            return _running = Task.Run(RunAsync);
        }
    }

    /// <summary>Ends when nothing runs any more, or after a second; nothing starts afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(Ensure(static () => false), Task.Delay(LongestEnd));
    }

    async Task RunAsync()
    {
        try
        {
            await work(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
        catch (Exception e)
        {
            failed(e);
        }
    }
}
