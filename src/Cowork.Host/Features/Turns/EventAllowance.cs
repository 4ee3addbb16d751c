using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// What one turn may say. A harness is never faster than the log that its events go to, because it is asked for each; but one that never
/// ends would fill memory and disk.
/// </summary>
sealed class EventAllowance
{
    const int MostEvents = 500_000;

    /// <summary>For what is kept in memory, and likewise for what goes over the wire.</summary>
    const long MostBytes = 32L * 1024 * 1024;
    const long LargestEvent = 4L * 1024 * 1024;

    long _kept;
    int _events;

    /// <summary>Counts an event before anything is done with it.</summary>
    /// <param name="characters">What of it is kept or sent.</param>
    /// <param name="bytes">What the events before have come to on the wire, all together.</param>
    /// <exception cref="HarnessException">It is more than a turn may say.</exception>
    public void Take(long characters, long bytes)
    {
        _kept += characters * sizeof(char);
        if (++_events > MostEvents || characters > LargestEvent || _kept > MostBytes || bytes > MostBytes)
            throw new HarnessException(FailureCodes.OutputLimit, "The agent did not come to an end and was stopped. Ask for less at once.");
    }
}
