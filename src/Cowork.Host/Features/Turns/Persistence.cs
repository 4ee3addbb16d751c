using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>Writes to the database that must not be given up at the first failure: nobody else would do them before the next start.</summary>
[FeatureService]
sealed partial class Persistence(TimeProvider time, ILogger<Persistence> log)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>About a minute. What fails for longer is no disk that was full for a moment.</summary>
    const int MostAttempts = 18;

    /// <summary>Does the work, again after a pause when it fails.</summary>
    /// <param name="work">Does all or nothing.</param>
    /// <param name="giveUp">Ends the pauses.</param>
    /// <exception cref="Exception">The last attempt's.</exception>
    public async Task<T> RetryAsync<T>(Func<Task<T>> work, Guid turnOrConversation, CancellationToken giveUp)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception e) when (attempt < MostAttempts && !giveUp.IsCancellationRequested)
            {
                NotStored(log, e, turnOrConversation, attempt);
            }

            await Task.Delay(pause, time, giveUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    [LoggerMessage(LogLevel.Warning, "What became of {Id} could not be stored at attempt {Attempt}; it is tried again")]
    static partial void NotStored(ILogger log, Exception e, Guid id, int attempt);
}
