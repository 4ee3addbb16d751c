using System.Text;

namespace Cowork.Harness.Anton.Tests.Tools.Files;

public sealed class ReadFileTests
{
    public static TheoryData<string, byte[]> Encodings => new()
    {
        { "UTF-8", Encoding.UTF8.GetBytes("Größe 日本\n") },
        { "UTF-8 with a byte order mark", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes("Größe 日本\n")] },
        { "UTF-16", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("Größe 日本\n")] },
        { "UTF-16, the other order", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("Größe 日本\n")] },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Text_is_read_however_it_is_encoded(string name, byte[] bytes)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", bytes);

        var text = await tools.TextAsync("read_file", new { path = "a.txt" });

        Assert.True(text == "Größe 日本\n", $"{name}: {text}");
    }

    [Fact]
    public async Task Text_in_an_old_encoding_is_read_and_said_to_be_so()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", Encoding.Latin1.GetBytes("Größe"));

        Assert.Equal("Größe\n[not UTF-8, read as Latin-1]", await tools.TextAsync("read_file", new { path = "a.txt" }));
    }

    [Fact]
    public async Task A_character_that_is_cut_where_the_look_at_the_file_ends_is_still_utf8()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", $"{new string('x', (64 * 1024) - 1)}\n\u20ac end");

        Assert.Equal("€ end", await tools.TextAsync("read_file", new { path = "a.txt", offset = 2 }));
    }

    [Fact]
    public async Task A_long_file_is_read_piece_by_piece_without_losing_a_line()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var lines = Enumerable.Range(1, 5000).Select(i => $"line {i}").ToList();
        tools.Write("a.txt", string.Join('\n', lines));
        var read = new List<string>();
        var calls = 0;

        for (var next = 1; next <= 5000; calls++)
        {
            var text = await tools.TextAsync("read_file", new { path = "a.txt", offset = next });
            var got = text.Split('\n').TakeWhile(line => line.StartsWith("line", StringComparison.Ordinal)).ToList();
            read.AddRange(got);
            next += got.Count;
            Assert.Equal(next <= 5000, text.Contains($"go on with offset {next}]", StringComparison.Ordinal));
        }

        Assert.Equal(lines, read);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Lines_that_are_too_many_characters_are_left_for_the_next_call()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", string.Concat(Enumerable.Repeat($"{new string('x', 9_999)}\n", 5)));

        var text = await tools.TextAsync("read_file", new { path = "a.txt" });

        Assert.EndsWith("[lines 1–3 of 5; go on with offset 4]", text, StringComparison.Ordinal);
        Assert.True(text.Length < 40_000);
    }

    [Fact]
    public async Task One_endless_line_is_cut_and_said_to_be_so()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.json", new string('x', 100_000));

        var text = await tools.TextAsync("read_file", new { path = "a.json" });

        Assert.Contains("[Line 1 is longer than", text, StringComparison.Ordinal);
        Assert.True(text.Length < 40_000);
    }

    [Theory]
    [InlineData("a.pdf", "scratchpad")]
    [InlineData("a.xlsx", "scratchpad")]
    [InlineData("a.png", "read_image")]
    [InlineData("a.sqlite", "query_data")]
    [InlineData("a.bin", "run_command")]
    public async Task What_is_no_text_is_refused_with_its_size_and_a_better_tool(string path, string tool)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(path, [1, 2, 0, 3]);

        var failure = await tools.FailAsync("read_file", new { path });

        Assert.Contains("4 bytes", failure, StringComparison.Ordinal);
        Assert.Contains(tool, failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_files_folders_and_lines_are_named()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a/b.txt", "one\ntwo\n");
        tools.Write("empty.txt", "");

        Assert.Contains("There is no “x.txt”", await tools.FailAsync("read_file", new { path = "x.txt" }), StringComparison.Ordinal);
        Assert.Contains("is a folder", await tools.FailAsync("read_file", new { path = "a" }), StringComparison.Ordinal);
        Assert.Contains("only 2 lines", await tools.FailAsync("read_file", new { path = "a/b.txt", offset = 3 }), StringComparison.Ordinal);
        Assert.Contains("path", await tools.FailAsync("read_file", new { }), StringComparison.Ordinal);
        Assert.Equal("two\n", await tools.TextAsync("read_file", new { path = "a/b.txt", offset = "2" }));
        Assert.Equal("(The file is empty.)", await tools.TextAsync("read_file", new { path = "empty.txt" }));
    }
}
