using System.Text;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// Masks secrets in a text that comes in pieces. An end that may be the beginning of a secret is held back until it is clear; one
/// that is too short to give anything away goes out at once, and is remembered.
/// </summary>
sealed class DeltaScrubber(TurnSecrets secrets)
{
    const int ShortestHeld = 4;

    /// <summary>The end of what is out, as far as it may begin a secret.</summary>
    string _out = "";
    string _held = "";

    /// <summary>Takes the next piece.</summary>
    /// <returns>What may go out now; the piece itself when nothing is suspicious.</returns>
    public string Push(string piece)
    {
        var text = _out.Length + _held.Length == 0 ? piece : string.Concat(_out, _held, piece);
        var (position, start) = (_out.Length, 0);
        StringBuilder? clean = null;
        while (secrets.TryFind(text.AsSpan(start), out var index, out var length))
        {
            clean ??= new();
            // A secret may have begun in what is out already; its rest does not follow.
            if (start + index > position)
                clean.Append(text, position, start + index - position);
            clean.Append(TurnSecrets.Mask);
            position = start = start + index + length;
        }

        var begun = secrets.BegunAtEnd(text.AsSpan(start));
        var end = Math.Max(begun >= ShortestHeld ? text.Length - begun : text.Length, position);
        (_out, _held) = (text[Math.Min(text.Length - begun, end)..end], text[end..]);
        if (clean is not null)
            return clean.Append(text, position, end - position).ToString();
        // The piece itself only when it is the end of what goes out: something as long as it may have been held back, and it be held now.
        return end == text.Length && end - position == piece.Length ? piece : text[position..end];
    }

    /// <summary>Gives out what is held back: something else comes.</summary>
    public string Flush()
    {
        var held = _held;
        (_out, _held) = (_out + held, "");
        return held;
    }
}
