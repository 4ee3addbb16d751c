using Cowork.Harness.Anton.Tools.Web;

namespace Cowork.Harness.Anton.Tests.Tools.Web;

public sealed class PageTextTests
{
    static readonly Uri Address = new("https://example.org/a/");

    public static TheoryData<string, string> Hostile => new()
    {
        { "folders without end", string.Concat(Enumerable.Repeat("<div>", 200_000)) },
        { "bold without end", string.Concat(Enumerable.Repeat("<b>", 200_000)) },
        { "tables in tables", string.Concat(Enumerable.Repeat("<table><tr><td>", 60_000)) },
        { "lists in lists", string.Concat(Enumerable.Repeat("<ul><li>", 100_000)) },
        { "code without end", $"<pre>{string.Concat(Enumerable.Repeat("<i>", 200_000))}x" },
        { "links without end", string.Concat(Enumerable.Repeat("<a href=x>y", 100_000)) },
        { "closing what was never opened", string.Concat(Enumerable.Repeat("</p>", 200_000)) },
        { "blanks without end", $"<p>{new string(' ', 1_000_000)}x" },
        { "attributes without end", $"<p {string.Concat(Enumerable.Range(0, 20_000).Select(i => $"a{i}=1 "))}>x" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_page_neither_ends_the_server_nor_keeps_it_busy(string what, string html)
    {
        var text = PageText.Of(html, Address);

        Assert.True(text.Length < 10_000_000, what);
    }

    [Theory]
    [InlineData("<p>a</p><p>b</p>", "a\n\nb")]
    [InlineData("a<script>b</script><style>c</style><noscript>d</noscript>e", "ae")]
    [InlineData("<a href='b?c#d'>x</a>", "[x](https://example.org/a/b?c#d)")]
    [InlineData("<a href='http://['>x</a>", "x")]
    [InlineData("<a href='/'><img src=y></a>z", "z")]
    [InlineData("&lt;b&gt; &amp;&nbsp;&#8364;", "<b> & €")]
    [InlineData("<ol><li>a<ul><li>b</ul></ol>", "- a\n\n- b")]
    [InlineData("a < b <!-- c --> d <", "a < b d <")]
    [InlineData("<p title='a > b' hidden>x</p>y", "y")]
    [InlineData("<script>if (a<b) x='</p>';</script>z", "z")]
    [InlineData("<svg><path/><svg></svg>x</svg>y", "y")]
    [InlineData("", "")]
    public void Text_and_its_shape_remain(string html, string expected) => Assert.Equal(expected, PageText.Of(html, Address));
}
