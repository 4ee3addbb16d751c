using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>Turns a web page into text: headings, lists, tables and links stay recognisable, everything else is left out.</summary>
static partial class PageText
{
    const int MaxDepth = 200;
    static readonly HashSet<string> Skipped = ["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "SVG", "IFRAME", "OBJECT", "CANVAS", "BUTTON", "SELECT", "HEAD", "DIALOG"];

    static readonly HashSet<string> Blocks =
    [
        "P", "DIV", "SECTION", "ARTICLE", "MAIN", "HEADER", "FOOTER", "NAV", "ASIDE", "UL", "OL", "DL", "DT", "DD", "TABLE", "TR", "BLOCKQUOTE",
        "FIGURE", "FIGCAPTION", "FORM", "FIELDSET", "ADDRESS", "DETAILS", "SUMMARY", "HR", "PRE", "LI", "H1", "H2", "H3", "H4", "H5", "H6",
    ];

    public static string Of(string html, Uri address)
    {
        using var page = new HtmlParser().ParseDocument(html);
        return Of(page, address);
    }

    /// <summary>Finds out the character set as browsers do.</summary>
    public static string Of(Stream html, Uri address)
    {
        using var page = new HtmlParser().ParseDocument(html);
        return Of(page, address);
    }

    static string Of(IHtmlDocument page, Uri address)
    {
        var text = new StringBuilder();
        if (page.Title is { Length: > 0 } title)
            text.Append(CultureInfo.InvariantCulture, $"# {OneLine(title)}\n\n");
        if (page.Body is { } body)
            Write(body, text, address, 0);
        return ManyNewlines().Replace(BlanksAtEnds().Replace(text.ToString(), "\n"), "\n\n").Trim();
    }

    static void Write(INode node, StringBuilder text, Uri address, int depth)
    {
        if (depth > MaxDepth)
            return;
        foreach (var child in node.ChildNodes)
        {
            if (child is IText { Data: var data })
                AppendText(text, data);
            else if (child is IElement element && !Skipped.Contains(element.TagName) && !element.HasAttribute("hidden"))
                WriteElement(element, text, address, depth + 1);
        }
    }

    static void WriteElement(IElement element, StringBuilder text, Uri address, int depth)
    {
        var isBlock = Blocks.Contains(element.TagName);
        if (isBlock)
            text.Append('\n');
        switch (element.TagName)
        {
            case "BR":
                text.Append('\n');
                return;
            case "HR":
                text.Append("---\n");
                return;
            case "PRE":
                text.Append(CultureInfo.InvariantCulture, $"```\n{element.TextContent.Trim('\n')}\n```\n");
                return;
            case "A":
                WriteLink(element, text, address, depth);
                return;
            case "IMG":
                AppendText(text, element.GetAttribute("alt") is { Length: > 0 } alt ? $"[{OneLine(alt)}]" : "");
                return;
            case "H1" or "H2" or "H3" or "H4" or "H5" or "H6":
                text.Append('\n').Append('#', element.TagName[1] - '0').Append(' ');
                break;
            case "LI":
                text.Append("- ");
                break;
            case "TD" or "TH":
                text.Append(" | ");
                break;
        }

        Write(element, text, address, depth);
        if (isBlock)
            text.Append(element.TagName is "LI" or "TR" or "DT" or "DD" ? "" : "\n");
    }

    static void WriteLink(IElement link, StringBuilder text, Uri address, int depth)
    {
        var label = new StringBuilder();
        Write(link, label, address, depth);
        var words = OneLine(label.ToString());
        if (words.Length == 0)
            return;
        var isLink = Uri.TryCreate(address, link.GetAttribute("href") ?? "", out var target) && target.Scheme is "http" or "https" && !(link.GetAttribute("href") ?? "").StartsWith('#');
        AppendText(text, isLink ? $"[{words}]({target})" : words);
    }

    /// <summary>White space of any length is one blank, and none at the beginning of a line.</summary>
    static void AppendText(StringBuilder text, string data)
    {
        foreach (var c in data)
        {
            if (!char.IsWhiteSpace(c))
                text.Append(c);
            else if (text.Length > 0 && text[^1] is not (' ' or '\n'))
                text.Append(' ');
        }
    }

    static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"[ \t]+\n", RegexOptions.NonBacktracking)]
    private static partial Regex BlanksAtEnds();

    [GeneratedRegex(@"\n{3,}", RegexOptions.NonBacktracking)]
    private static partial Regex ManyNewlines();
}
