using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// What one turn may say. A harness is never faster than the log that its events go to, because it is asked for each; but one that never
/// ends would fill memory and disk.
/// </summary>
sealed class EventAllowance
{
    const int MostEvents = 500_000;
    const int MostCharacters = 16 * 1024 * 1024;

    int _events;
    long _characters;

    /// <summary>Counts an event.</summary>
    /// <exception cref="HarnessException">It is more than a turn may say.</exception>
    public void Take(HarnessEvent e)
    {
        _characters += e switch
        {
            HarnessEvent.TextDelta text => text.Text?.Length ?? 0,
            HarnessEvent.ToolArguments tool => tool.ArgumentsJson?.Length ?? 0,
            _ => 0,
        };
        if (++_events > MostEvents || _characters > MostCharacters)
            throw new HarnessException(FailureCodes.OutputLimit, "The agent did not come to an end and was stopped. Ask for less at once.");
    }
}
