using Cowork.Harness.Anton.Tools.Files;

namespace Cowork.Harness.Anton.Tests.Tools.Files;

public sealed class FindingTests
{
    [Fact]
    public async Task A_listing_shows_names_sizes_and_folders_in_order()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("b.txt", "12345");
        tools.Write("a/c.txt", "1");

        Assert.Equal("a/\nb.txt  5", await tools.TextAsync("list_files", new { }));
        Assert.Equal("a/\na/c.txt  1\nb.txt  5", await tools.TextAsync("list_files", new { recursive = true }));
        Assert.Equal("a/c.txt  1", await tools.TextAsync("list_files", new { pattern = "a/**/*.txt" }));
        Assert.Equal("c.txt  1", await tools.TextAsync("list_files", new { path = "a" }));
        Assert.Equal("(Nothing there.)", await tools.TextAsync("list_files", new { pattern = "*.md" }));
        Assert.Contains("is a file", await tools.FailAsync("list_files", new { path = "b.txt" }), StringComparison.Ordinal);
        Assert.Contains("There is no “z”", await tools.FailAsync("list_files", new { path = "z" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_looks_for_is_left_out_and_links_are_not_followed()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        foreach (var path in (string[])[".git/config", "node_modules/x/y.js", ".venv/z.py", ".anton/memory/rules.md", ".anton/artifacts/page/index.html", "src/__pycache__/a.pyc", "src/a.py"])
            tools.Write(path, "needle");
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "loop"), tools.Project);
        File.CreateSymbolicLink(Path.Combine(tools.Project, "copy.py"), Path.Combine(tools.Project, "src", "a.py"));

        var listing = await tools.TextAsync("list_files", new { recursive = true });
        var found = await tools.TextAsync("search_files", new { pattern = "needle" });

        Assert.Equal(
            [".anton/", ".anton/artifacts/", ".anton/artifacts/page/", ".anton/artifacts/page/index.html  6", ".anton/memory/", ".anton/memory/rules.md  6", ".git/", ".venv/", "copy.py  (link)", "loop  (link)", "node_modules/", "src/", "src/__pycache__/", "src/a.py  6"],
            listing.Split('\n'));
        Assert.Equal([".anton/artifacts/page/index.html:1: needle", ".anton/memory/rules.md:1: needle", "src/a.py:1: needle"], found.Split('\n'));
    }

    [Fact]
    public async Task A_listing_without_end_is_cut_and_counted()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        for (var i = 0; i < 510; i++)
            tools.Write($"f{i:000}", "");

        var lines = (await tools.TextAsync("list_files", new { })).Split('\n');

        Assert.Equal(501, lines.Length);
        Assert.StartsWith("[500 of 510 entries", lines[500], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_names_file_and_line_and_leaves_binary_files_out()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", "one\nTwo a.b\nthree");
        tools.Write("b.md", "two aXb");
        tools.Write("c.bin", [.. "two\0"u8]);

        Assert.Equal("b.md:1: two aXb", await tools.TextAsync("search_files", new { pattern = "two" }));
        Assert.Equal("a.txt:2: Two a.b\nb.md:1: two aXb", await tools.TextAsync("search_files", new { pattern = "TWO", ignore_case = true }));
        Assert.Equal("a.txt:2: Two a.b", await tools.TextAsync("search_files", new { pattern = "a.b", literal = true }));
        Assert.Equal("b.md:1: two aXb", await tools.TextAsync("search_files", new { pattern = "a.b", glob = "*.md" }));
        Assert.Equal("a.txt:3: three", await tools.TextAsync("search_files", new { pattern = "^th(?=ree)", path = "a.txt" }));
        Assert.Equal("No line matches.", await tools.TextAsync("search_files", new { pattern = "zzz" }));
        Assert.Contains("no regular expression", await tools.FailAsync("search_files", new { pattern = "(" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_that_would_run_for_ever_is_stopped()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", $"{new string('a', 60)}!");

        Assert.Equal("No line matches.", await tools.TextAsync("search_files", new { pattern = "^(a+)+$" }));
        // A back reference rules the linear engine out.
        Assert.Contains("takes too long", await tools.FailAsync("search_files", new { pattern = @"^(a+)+\1$" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_hits_and_too_long_lines_are_cut()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", string.Concat(Enumerable.Repeat("hit\n", 300)));
        tools.Write("b.txt", $"{new string('x', 5000)}needle{new string('y', 5000)}");

        Assert.Equal(201, (await tools.TextAsync("search_files", new { pattern = "hit" })).Split('\n').Length);
        var line = await tools.TextAsync("search_files", new { pattern = "needle" });
        Assert.Contains("needle", line, StringComparison.Ordinal);
        Assert.True(line.Length < 400);
    }

    [Theory]
    [InlineData("*.csv", "a/b.csv", true)] // names in any folder
    [InlineData("*.csv", "a/b.csvx", false)] // the whole name
    [InlineData("a/*.csv", "a/b/c.csv", false)] // one star stays in its folder
    [InlineData("**/*.csv", "c.csv", true)] // two stars are no folder too
    [InlineData("a/**", "a/b/c.csv", true)] // everything below
    [InlineData("*.{csv,tsv}", "x.tsv", true)] // either
    [InlineData("[ab]?.txt", "b1.txt", true)] // sets and single characters
    [InlineData("[!ab].txt", "a.txt", false)] // not in the set
    [InlineData("a.b", "aXb", false)] // a dot is a dot
    [InlineData("*.CSV", "x.csv", true)] // case does not count
    public void Patterns_mean_what_people_expect(string pattern, string path, bool isMatch) => Assert.Equal(isMatch, new Glob(pattern).IsMatch(path));
}
