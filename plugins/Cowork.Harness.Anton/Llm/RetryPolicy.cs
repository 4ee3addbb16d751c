namespace Cowork.Harness.Anton.Llm;

/// <summary>How often and how long after a failure a call is made again.</summary>
sealed class RetryPolicy(TimeProvider time, Func<double> random)
{
    public const int MaxRetries = 2;
    static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>The wait before the next try: what the provider asks for, else doubling with jitter so that turns do not come back in step.</summary>
    public TimeSpan DelayBefore(int retry, TimeSpan? retryAfter)
    {
        if (retryAfter is { } asked)
            return asked < TimeSpan.Zero ? TimeSpan.Zero : asked < Longest ? asked : Longest;
        return First * Math.Pow(2, retry) * (0.75 + (random() / 2));
    }

    public Task WaitAsync(TimeSpan delay, CancellationToken ct) => delay == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, time, ct);
}
