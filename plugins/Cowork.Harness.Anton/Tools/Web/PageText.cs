using System.Globalization;
using System.Text;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>Turns a web page into text: headings, lists, tables and links stay recognisable, everything else is left out.</summary>
sealed class PageText(Uri address)
{
    static readonly HashSet<string> Skipped = ["script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "button", "select", "dialog", "textarea", "noembed", "noframes"];

    static readonly HashSet<string> Blocks =
    [
        "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "ul", "ol", "dl", "dt", "dd", "table", "tr", "blockquote",
        "figure", "figcaption", "form", "fieldset", "address", "details", "summary", "li", "h1", "h2", "h3", "h4", "h5", "h6",
    ];

    // These end where the next one begins, so only their beginning is a new line.
    static readonly HashSet<string> Rows = ["li", "tr", "dt", "dd"];
    static readonly HashSet<string> Void = ["br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"];

    readonly StringBuilder _text = new();
    string? _title;
    bool _isTitle;
    bool _isCode;
    string? _skipped;
    int _skippedDepth;
    (int Start, Uri? Target)? _link;

    public static string Of(string html, Uri address)
    {
        var page = new PageText(address);
        var scanner = new HtmlScanner(html);
        while (scanner.Next())
            page.Take(scanner);
        page.EndLink();
        var body = Tidy(page._text);
        return page._title is { Length: > 0 } title ? $"# {title}\n\n{body}".Trim() : body;
    }

    void Take(HtmlScanner piece)
    {
        if (_skipped is not null)
            Skip(piece);
        else if (piece.Piece == HtmlPiece.Text)
            Write(piece.Text);
        else if (piece.Piece == HtmlPiece.Open)
            Open(piece);
        else
            Close(piece.Name);
    }

    void Skip(HtmlScanner piece)
    {
        if (piece.Piece != HtmlPiece.Text && piece.Name == _skipped)
            _skippedDepth += piece.Piece == HtmlPiece.Open ? 1 : -1;
        if (_skippedDepth == 0)
            _skipped = null;
    }

    void Write(string data)
    {
        if (_isTitle)
            _title ??= OneLine(data);
        else if (_isCode)
            _text.Append(data);
        else
            Append(data);
    }

    void Open(HtmlScanner element)
    {
        var name = element.Name;
        if (Skipped.Contains(name) || (element.Attribute("hidden") is not null && !Void.Contains(name)))
        {
            (_skipped, _skippedDepth) = (name, 1);
            return;
        }

        if (Blocks.Contains(name))
            _text.Append('\n');
        switch (name)
        {
            case "title":
                _isTitle = true;
                break;
            case "br":
                _text.Append('\n');
                break;
            case "hr":
                _text.Append("\n---\n");
                break;
            case "pre":
                _text.Append("\n```\n");
                _isCode = true;
                break;
            case "a":
                EndLink();
                _link = (_text.Length, Target(element.Attribute("href")));
                break;
            case "img" when element.Attribute("alt") is { Length: > 0 } alt:
                Append($"[{OneLine(alt)}]");
                break;
            case ['h', >= '1' and <= '6']:
                _text.Append('\n').Append('#', name[1] - '0').Append(' ');
                break;
            case "li":
                _text.Append("- ");
                break;
            case "td" or "th":
                _text.Append(" | ");
                break;
        }
    }

    void Close(string name)
    {
        switch (name)
        {
            case "title":
                _isTitle = false;
                break;
            case "pre" when _isCode:
                _text.Append("\n```\n");
                _isCode = false;
                break;
            case "a":
                EndLink();
                break;
            default:
                _text.Append(Blocks.Contains(name) && !Rows.Contains(name) ? "\n" : "");
                break;
        }
    }

    /// <summary>Puts the link's words and its target in place of what was written since it began.</summary>
    void EndLink()
    {
        if (_link is not { } link)
            return;
        _link = null;
        var words = OneLine(_text.ToString(link.Start, _text.Length - link.Start));
        if (link.Target is null || words.Length == 0)
            return;
        _text.Length = link.Start;
        _text.Append(CultureInfo.InvariantCulture, $"[{words}]({link.Target})");
    }

    Uri? Target(string? href) =>
        href is { Length: > 0 } && href[0] != '#' && Uri.TryCreate(address, href, out var target) && target.Scheme is "http" or "https" ? target : null;

    /// <summary>White space of any length is one blank, and none at the beginning of a line.</summary>
    void Append(string data)
    {
        foreach (var c in data)
        {
            if (!char.IsWhiteSpace(c))
                _text.Append(c);
            else if (_text.Length > 0 && _text[^1] is not (' ' or '\n'))
                _text.Append(' ');
        }
    }

    static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Without blanks at the ends of lines and without more than one empty line.</summary>
    static string Tidy(StringBuilder text)
    {
        var tidy = new StringBuilder(text.Length);
        var (blanks, newlines) = (0, 0);
        foreach (var chunk in text.GetChunks())
        {
            foreach (var c in chunk.Span)
            {
                if (c is ' ' or '\t')
                {
                    blanks++;
                    continue;
                }

                newlines = c == '\n' ? newlines + 1 : 0;
                if (c != '\n')
                    tidy.Append(' ', blanks);
                if (newlines <= 2)
                    tidy.Append(c);
                blanks = 0;
            }
        }

        return tidy.ToString().Trim();
    }
}
