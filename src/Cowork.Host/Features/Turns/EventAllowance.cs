using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// What one turn may say. A harness is never faster than the log that its events go to, because it is asked for each; but one that never
/// ends would fill memory and disk.
/// </summary>
sealed class EventAllowance
{
    const int MostEvents = 500_000;
    const long MostBytes = 32L * 1024 * 1024;

    int _events;

    /// <summary>Counts an event.</summary>
    /// <param name="bytes">What the events have come to on the wire, all together.</param>
    /// <exception cref="HarnessException">It is more than a turn may say.</exception>
    public void Take(long bytes)
    {
        if (++_events > MostEvents || bytes > MostBytes)
            throw new HarnessException(FailureCodes.OutputLimit, "The agent did not come to an end and was stopped. Ask for less at once.");
    }
}
