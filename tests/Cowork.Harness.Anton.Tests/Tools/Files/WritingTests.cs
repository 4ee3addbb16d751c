using System.Text;
using Cowork.Abstractions;
using CsCheck;

namespace Cowork.Harness.Anton.Tests.Tools.Files;

public sealed class WritingTests
{
    static readonly Gen<string> Texts = Gen.OneOf("\n", "\r\n", "a", "b", " ", "ü", "日🙂", "\t").Array[0, 15].Select(string.Concat);

    static readonly IGen<Encoding>[] Encodings = [.. new[] { new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode }.Select(Gen.Const)];

    [Fact]
    public async Task A_file_is_written_as_it_is_told_with_folders_and_without_leftovers()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.StartsWith("Created", await tools.TextAsync("write_file", new { path = "a/b/c.txt", content = "Größe\r\n" }), StringComparison.Ordinal);
        Assert.StartsWith("Replaced", await tools.TextAsync("write_file", new { path = "a/b/c.txt", content = "x" }), StringComparison.Ordinal);

        Assert.Equal("x"u8.ToArray(), await File.ReadAllBytesAsync(Path.Combine(tools.Project, "a/b/c.txt")));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(tools.Project, "a/b")));
        await tools.FailAsync("write_file", new { path = "a/b", content = "x" });
    }

    [Fact]
    public async Task A_script_stays_executable_when_it_is_written_anew()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var tools = await ToolsUnderTest.StartAsync();
        var script = tools.Write("run.sh", "echo 1");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(script, Mode);

        await tools.TextAsync("edit_file", new { path = "run.sh", old_text = "1", new_text = "2" });

        Assert.Equal(Mode, File.GetUnixFileMode(script));
    }

    [Fact]
    public async Task An_edit_changes_nothing_but_its_place()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var path = Path.Combine(tools.Project, "a.txt");

        await Gen.Select(Texts, Texts, Texts, Gen.OneOf(Encodings)).SampleAsync(
            async (before, after, replacement, encoding) =>
            {
                await File.WriteAllBytesAsync(path, [.. encoding.Preamble, .. encoding.GetBytes($"{before}<here>{after}")]);
                await tools.TextAsync("edit_file", new { path = "a.txt", old_text = "<here>", new_text = $"<{replacement}>" });

                var isWindows = (before + after).Contains("\r\n", StringComparison.Ordinal);
                byte[] plain = [.. encoding.Preamble, .. encoding.GetBytes($"{before}<{replacement}>{after}")];
                byte[] converted = [.. encoding.Preamble, .. encoding.GetBytes($"{before}<{replacement.ReplaceLineEndings("\r\n")}>{after}")];
                Assert.Equal(isWindows ? converted : plain, await File.ReadAllBytesAsync(path));
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public async Task Lines_are_found_whatever_ends_them()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", "one\r\ntwo\r\nthree\r\n");

        await tools.TextAsync("edit_file", new { path = "a.txt", old_text = "one\ntwo", new_text = "1\n2" });

        Assert.Equal("1\r\n2\r\nthree\r\n", tools.Read("a.txt"));
    }

    [Fact]
    public async Task Old_encodings_survive_an_edit_and_refuse_what_they_cannot_hold()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var path = tools.Write("a.txt", Encoding.Latin1.GetBytes("Größe: 1"));

        await tools.TextAsync("edit_file", new { path = "a.txt", old_text = "1", new_text = "2 µm" });
        Assert.Equal(Encoding.Latin1.GetBytes("Größe: 2 µm"), await File.ReadAllBytesAsync(path));

        await tools.FailAsync("edit_file", new { path = "a.txt", old_text = "2", new_text = "日" });
        Assert.Equal(Encoding.Latin1.GetBytes("Größe: 2 µm"), await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task A_text_that_is_not_there_or_not_unique_changes_nothing_and_says_so()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", "x = 1\n  y = 2\nx = 1\n");

        Assert.Contains("2 times", await tools.FailAsync("edit_file", new { path = "a.txt", old_text = "x = 1", new_text = "z" }), StringComparison.Ordinal);
        Assert.Contains("line 2", await tools.FailAsync("edit_file", new { path = "a.txt", old_text = "y = 2\nz", new_text = "z" }), StringComparison.Ordinal);
        await tools.FailAsync("edit_file", new { path = "a.txt", old_text = "", new_text = "z" });
        await tools.FailAsync("edit_file", new { path = "a.txt", old_text = "y", new_text = "y" });
        await tools.FailAsync("edit_file", new { path = "b.txt", old_text = "y", new_text = "z" });
        Assert.Equal("x = 1\n  y = 2\nx = 1\n", tools.Read("a.txt"));

        await tools.TextAsync("edit_file", new { path = "a.txt", old_text = "x = 1", new_text = "z", replace_all = true });
        Assert.Equal("z\n  y = 2\nz\n", tools.Read("a.txt"));
    }

    [Fact]
    public async Task Deleting_asks_first_and_not_for_the_agents_own_results()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", "x");
        tools.Write(".anton/artifacts/page/index.html", "x");

        await tools.TextAsync("delete_file", new { path = ".anton/artifacts/page/index.html" });
        Assert.Empty(tools.Person.Asked);
        await tools.TextAsync("delete_file", new { path = "./a.txt" });

        var asked = Assert.Single(tools.Person.Asked);
        Assert.Equal(("delete_file", "Delete “a.txt”", "a.txt", "call-1"), (asked.Action, asked.Summary, asked.Subject, asked.ToolUseId));
        Assert.False(tools.Exists("a.txt"));
        Assert.False(tools.Exists(".anton/artifacts/page/index.html"));
    }

    [Fact]
    public async Task A_refusal_keeps_the_file_and_its_reason_reaches_the_model()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", "x");
        tools.Person.Decide = _ => new ApprovalDecision(false, "The user said no; keep the file.");

        Assert.Contains("The user said no; keep the file.", await tools.FailAsync("delete_file", new { path = "a.txt" }), StringComparison.Ordinal);
        Assert.True(tools.Exists("a.txt"));
    }

    [Fact]
    public async Task A_folder_goes_only_empty_or_by_intent_and_what_links_point_at_stays()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var kept = tools.Write("kept/x.txt", "x");
        tools.Write("old/y.txt", "y");
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "old", "link"), Path.Combine(tools.Project, "kept"));

        Assert.Contains("not empty", await tools.FailAsync("delete_file", new { path = "old" }), StringComparison.Ordinal);
        Assert.Empty(tools.Person.Asked);
        await tools.TextAsync("delete_file", new { path = "old", recursive = true });

        Assert.Equal("Delete the folder “old” with all that is in it", Assert.Single(tools.Person.Asked).Summary);
        Assert.False(tools.Exists("old"));
        Assert.True(File.Exists(kept));
    }
}
