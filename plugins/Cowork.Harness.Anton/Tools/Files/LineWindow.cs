using System.Text;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Takes some lines out of a text that passes in pieces, and counts all of them.</summary>
/// <param name="first">The first line to keep, from 1.</param>
/// <param name="count">How many to keep at most.</param>
/// <param name="maxChars">How many characters to keep at most; a line that does not fit is left out, unless it is the first one.</param>
sealed class LineWindow(int first, int count, int maxChars)
{
    readonly StringBuilder _kept = new();
    int _line = 1;
    int _lineStart;
    bool _isFull;
    bool _endsWithNewline = true;

    /// <summary>All lines that passed.</summary>
    public int Lines => _endsWithNewline ? _line - 1 : _line;

    /// <summary>The last line that was kept, in full or in part; less than the first when there is none.</summary>
    public int Last { get; private set; } = first - 1;

    /// <summary>Whether the only line that was kept is not whole.</summary>
    public bool IsLineCut { get; private set; }

    public string Text => _kept.ToString();

    public void Add(ReadOnlySpan<char> text)
    {
        while (text.Length > 0)
        {
            var end = text.IndexOf('\n');
            Keep(end < 0 ? text : text[..(end + 1)]);
            _endsWithNewline = end >= 0;
            if (end < 0)
                return;
            _line++;
            _lineStart = _kept.Length;
            text = text[(end + 1)..];
        }
    }

    void Keep(ReadOnlySpan<char> piece)
    {
        if (_isFull || _line < first || _line >= first + count)
            return;
        if (_kept.Length + piece.Length <= maxChars)
        {
            _kept.Append(piece);
            Last = _line;
            return;
        }

        _isFull = true;
        if (_lineStart == 0)
        {
            IsLineCut = true;
            Last = _line;
            _kept.Append(piece[..(maxChars - _kept.Length)]);
            return;
        }

        _kept.Length = _lineStart;
        Last = _line - 1;
    }
}
