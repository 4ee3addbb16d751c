using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Takes secret values out of a text that comes in pieces, also when a value is spread over several.</summary>
/// <param name="scrubber">Knows the values.</param>
/// <param name="next">Gets the clean text.</param>
sealed class ScrubbedText(Scrubber scrubber, Action<string> next)
{
    string _held = "";

    public void Append(string piece)
    {
        var text = scrubber.Scrub(_held + piece);
        var safe = text.Length - Math.Max(0, scrubber.Longest - 1);
        if (safe <= 0)
        {
            _held = text;
            return;
        }

        _held = text[safe..];
        next(text[..safe]);
    }

    /// <summary>Lets go of what was held back: no more will come.</summary>
    public void End()
    {
        if (_held.Length > 0)
            next(_held);
        _held = "";
    }
}
