using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>How often and how long after a failure a call is made again.</summary>
sealed class RetryPolicy(TimeProvider time, Func<double> random)
{
    const double Growth = 2.5;
    static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>The next try, or <c>null</c> when the failure stands.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="made">How many retries there were already.</param>
    /// <param name="choice">The model, for what people read.</param>
    /// <param name="patience">Who waits.</param>
    public Retry? After(ProviderFailure failure, int made, ModelChoice choice, Patience patience)
    {
        var most = failure.Kind is FailureKind.ServerError or FailureKind.Unreachable ? patience.QuickRetries : patience.Retries;
        if (!failure.IsTransient || made >= most || failure.RetryAfter > patience.LongestWait)
            return null;
        // What the provider asks for, else growing with jitter, so that turns do not come back in step.
        var delay = failure.RetryAfter is { } asked && asked > TimeSpan.Zero ? asked : Backoff(made);
        // A few quick tries are over before anybody wonders.
        return new(delay, most == Patience.Quick ? null : new HarnessEvent.Progress("retrying", Sentence(failure, choice, made + 1, most)) { EtaSeconds = delay.TotalSeconds });
    }

    public Task WaitAsync(TimeSpan delay, CancellationToken ct) => delay == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, time, ct);

    TimeSpan Backoff(int made)
    {
        var delay = First * Math.Pow(Growth, made) * (0.75 + (random() / 2));
        return delay < Longest ? delay : Longest;
    }

    static string Sentence(ProviderFailure failure, ModelChoice choice, int number, int most)
    {
        var label = FailureSentences.Label(choice);
        var what = failure.Kind == FailureKind.RateLimited ? $"{label} gets too many requests from this account" : $"{label} could not answer right now";
        return $"{what}. Trying again ({number} of {most}).";
    }
}

/// <summary>The next try of a call.</summary>
/// <param name="Delay">How long to wait before.</param>
/// <param name="Notice">What to tell the user meanwhile; <c>null</c> for nothing.</param>
sealed record Retry(TimeSpan Delay, HarnessEvent? Notice);

/// <summary>How long somebody waits for a provider in trouble.</summary>
/// <param name="Retries">How often a call is made again where the provider is busy; about half a minute in all for 5.</param>
/// <param name="QuickRetries">How often where it is broken or out of reach, which waiting seldom mends.</param>
/// <param name="LongestWait">The longest wait that a provider may ask for.</param>
sealed record Patience(int Retries, int QuickRetries, TimeSpan LongestWait)
{
    public const int Quick = 2;

    /// <summary>Somebody sits there.</summary>
    public static readonly Patience OfPerson = new(5, Quick, TimeSpan.FromMinutes(3));

    /// <summary>Nobody waits for the answer, and nobody is there to ask again.</summary>
    public static readonly Patience OfSchedule = new(8, 8, TimeSpan.FromMinutes(15));

    /// <summary>Work beside the answer, which goes on without it.</summary>
    public static readonly Patience OfSideJob = new(5, Quick, TimeSpan.FromSeconds(30));
}
