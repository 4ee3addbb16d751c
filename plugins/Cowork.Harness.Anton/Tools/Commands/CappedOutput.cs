using System.Globalization;
using System.Text;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>Keeps the beginning and the end of a text of any length. Thread-safe.</summary>
/// <param name="half">How many characters of each to keep.</param>
sealed class CappedOutput(int half)
{
    readonly Lock _lock = new();
    readonly StringBuilder _head = new();
    readonly StringBuilder _tail = new();
    long _dropped;

    public void Add(ReadOnlySpan<char> text)
    {
        lock (_lock)
        {
            var first = Math.Min(text.Length, half - _head.Length);
            _head.Append(text[..first]);
            _tail.Append(text[first..]);
            // Cut in large steps, so that every character is moved once on average.
            if (_tail.Length > half * 2)
                Cut();
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            if (_tail.Length > half)
                Cut();
            return _dropped == 0 ? $"{_head}{_tail}" : string.Create(CultureInfo.InvariantCulture, $"{_head}\n[… {_dropped} characters left out …]\n{_tail}");
        }
    }

    void Cut()
    {
        var surplus = _tail.Length - half;
        _tail.Remove(0, surplus);
        _dropped += surplus;
    }
}
