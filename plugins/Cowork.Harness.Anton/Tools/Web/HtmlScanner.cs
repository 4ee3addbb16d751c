using System.Buffers;
using System.Net;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>What a piece of a page is.</summary>
enum HtmlPiece
{
    Text,
    Open,
    Close,
}

/// <summary>
/// Takes a page apart in one pass, whatever is wrong with it. No tree is built: with the libraries that do, a page of some hundred
/// thousand open elements keeps a processor busy for minutes.
/// </summary>
sealed class HtmlScanner(string html)
{
    // What is in these is no markup.
    static readonly string[] Raw = ["script", "style", "textarea", "title", "noscript", "iframe", "xmp", "noembed", "noframes"];
    static readonly SearchValues<char> EndsOfValue = SearchValues.Create(" \t\r\n\f>");
    readonly Dictionary<string, string> _attributes = new(StringComparer.Ordinal);
    int _at;
    string? _raw;

    public HtmlPiece Piece { get; private set; }

    /// <summary>Name of the element in lower case.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The text between elements.</summary>
    public string Text { get; private set; } = "";

    /// <summary>An attribute of the element that was opened; empty when it has no value, <c>null</c> when it is not there.</summary>
    public string? Attribute(string name) => _attributes.GetValueOrDefault(name);

    public bool Next()
    {
        while (_at < html.Length)
        {
            if (_raw is not null ? ReadRaw() : html[_at] == '<' ? ReadMarkup() : ReadText(_at))
                return true;
        }

        return false;
    }

    /// <summary>Everything up to the end of the element, as text.</summary>
    bool ReadRaw()
    {
        var end = html.IndexOf($"</{_raw}", _at, StringComparison.OrdinalIgnoreCase);
        var isDecoded = _raw is "title" or "textarea";
        var text = html[_at..(end < 0 ? html.Length : end)];
        _raw = null;
        (Piece, Text) = (HtmlPiece.Text, isDecoded ? WebUtility.HtmlDecode(text) : text);
        _at += text.Length;
        return text.Length > 0;
    }

    bool ReadText(int from)
    {
        var end = html.IndexOf('<', from + 1);
        var text = html[_at..(end < 0 ? html.Length : end)];
        (Piece, Text) = (HtmlPiece.Text, WebUtility.HtmlDecode(text));
        _at += text.Length;
        return true;
    }

    bool ReadMarkup()
    {
        var rest = html.AsSpan(_at + 1);
        if (rest.StartsWith("!--"))
            return Skip("-->");
        if (rest.Length > 0 && rest[0] is '!' or '?')
            return Skip(">");
        var isClose = rest.Length > 1 && rest[0] == '/';
        var start = _at + (isClose ? 2 : 1);
        if (start >= html.Length || !char.IsAsciiLetter(html[start]))
            return ReadText(_at);

        var end = start;
        while (end < html.Length && !char.IsWhiteSpace(html[end]) && html[end] is not ('>' or '/'))
            end++;
        (Piece, Name) = (isClose ? HtmlPiece.Close : HtmlPiece.Open, html[start..end].ToLowerInvariant());
        _at = end;
        ReadAttributes();
        if (!isClose && Raw.Contains(Name))
            _raw = Name;
        return true;
    }

    void ReadAttributes()
    {
        _attributes.Clear();
        while (_at < html.Length && html[_at] != '>')
        {
            if (char.IsWhiteSpace(html[_at]) || html[_at] is '/' or '=')
            {
                _at++;
                continue;
            }

            var start = _at;
            while (_at < html.Length && !char.IsWhiteSpace(html[_at]) && html[_at] is not ('=' or '>' or '/'))
                _at++;
            var name = html[start.._at].ToLowerInvariant();
            while (_at < html.Length && char.IsWhiteSpace(html[_at]))
                _at++;
            _attributes.TryAdd(name, _at < html.Length && html[_at] == '=' ? ReadValue() : "");
        }

        _at = Math.Min(_at + 1, html.Length);
    }

    string ReadValue()
    {
        for (_at++; _at < html.Length && char.IsWhiteSpace(html[_at]); _at++)
        {
        }

        if (_at == html.Length)
            return "";
        var isQuoted = html[_at] is '"' or '\'';
        var start = isQuoted ? _at + 1 : _at;
        var length = isQuoted ? html.AsSpan(start).IndexOf(html[_at]) : html.AsSpan(start).IndexOfAny(EndsOfValue);
        var end = length < 0 ? html.Length : start + length;
        _at = isQuoted ? Math.Min(end + 1, html.Length) : end;
        return WebUtility.HtmlDecode(html[start..end]);
    }

    bool Skip(string end)
    {
        var found = html.IndexOf(end, _at, StringComparison.Ordinal);
        _at = found < 0 ? html.Length : found + end.Length;
        return false;
    }
}
