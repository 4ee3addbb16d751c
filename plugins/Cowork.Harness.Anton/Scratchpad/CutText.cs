using System.Globalization;
using System.Text;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Collects a text of any length and keeps its beginning and its end.</summary>
sealed class CutText(int longest)
{
    readonly StringBuilder _head = new();
    readonly StringBuilder _tail = new();
    long _length;

    public void Append(string text)
    {
        _length += text.Length;
        var toHead = Math.Min(text.Length, longest - _head.Length);
        _head.Append(text, 0, toHead);
        _tail.Append(text, toHead, text.Length - toHead);
        if (_tail.Length > 2 * longest)
            _tail.Remove(0, _tail.Length - longest);
    }

    public override string ToString()
    {
        if (_length <= longest)
            return _head.ToString();
        var first = longest * 3 / 5;
        var last = longest - first;
        var end = _tail.Length >= last ? _tail.ToString(_tail.Length - last, last) : _head.ToString(_head.Length - (last - _tail.Length), last - _tail.Length) + _tail;
        return Joined(_head.ToString(0, first), end, _length - longest);
    }

    public static string Middle(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        var first = longest * 3 / 5;
        return Joined(text[..first], text[^(longest - first)..], text.Length - longest);
    }

    static string Joined(string head, string tail, long left)
    {
        // Half a surrogate pair is no text.
        if (char.IsHighSurrogate(head[^1]))
            head = head[..^1];
        if (char.IsLowSurrogate(tail[0]))
            tail = tail[1..];
        return string.Create(CultureInfo.InvariantCulture, $"{head}\n… [{left} characters left out] …\n{tail}");
    }
}
