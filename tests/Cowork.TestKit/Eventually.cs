namespace Cowork.TestKit;

/// <summary>Waits for what another thread or process is about to do.</summary>
public static class Eventually
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Asks until the answer is yes.</summary>
    /// <param name="question">What should become true.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="TimeoutException">It did not become true in 30 seconds.</exception>
    public static Task TrueAsync(Func<Task<bool>> question, CancellationToken ct) => TrueAsync(question, Deadline, ct);

    /// <summary>Asks until the answer is yes, for much work.</summary>
    /// <param name="question">What should become true.</param>
    /// <param name="within">How long to ask.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="TimeoutException">It did not become true in that time.</exception>
    public static async Task TrueAsync(Func<Task<bool>> question, TimeSpan within, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(within);
        while (!await question())
        {
            if (deadline.IsCancellationRequested)
                throw new TimeoutException("What the test waited for did not happen.");
            await Task.Delay(Pause, ct);
        }
    }
}
