using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests.Tools.Memory;

public sealed class MemorizeTests
{
    [Fact]
    public async Task Every_kind_goes_to_its_file_and_the_answer_says_what_was_written()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        var text = await tools.TextAsync("memorize", new
        {
            entries = new object[]
            {
                new { text = "Always answer in metric units", kind = "always", scope = "global" },
                new { text = "The fiscal year starts in April", kind = "lesson", scope = "project", topic = "finance" },
                new { text = "Name: Jorge", kind = "profile", scope = "project" },
                new { text = "If the user asks for money figures use EUR", kind = "when", scope = "project" },
                new { text = "Odd", kind = "idea", scope = "everywhere" },
            },
        });

        Assert.Equal(
            "Memory updated: Encoded always (for all projects): Always answer in metric units; Encoded lesson (for this project): The fiscal year starts in April; "
            + "Encoded profile (for all projects): Name: Jorge; Encoded when (for this project): If the user asks for money figures use EUR; Encoded lesson (for this project): Odd",
            text);
        Assert.Contains("## Always\n- Always answer in metric units <!-- confidence:high source:user ts:2026-11-22 -->\n", Global(tools, "rules.md"), StringComparison.Ordinal);
        Assert.Equal("# Profile\n\n- Name: Jorge\n", Global(tools, "profile.md"));
        Assert.Equal("# Lessons\n- The fiscal year starts in April <!-- topic:finance ts:2026-11-22 -->\n- Odd <!-- ts:2026-11-22 -->\n", tools.Read(".anton/memory/lessons.md"));
        Assert.EndsWith("## When\n- If the user asks for money figures use EUR <!-- confidence:high source:user ts:2026-11-22 -->\n", tools.Read(".anton/memory/rules.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_known_already_is_not_written_twice_and_said_so()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var arguments = Entries("Never use tabs", "never");
        await tools.TextAsync("memorize", arguments);
        var before = tools.Read(".anton/memory/rules.md");

        Assert.StartsWith("Memory updated: Already known as never", await tools.TextAsync("memorize", arguments), StringComparison.Ordinal);
        Assert.Equal(before, tools.Read(".anton/memory/rules.md"));
    }

    [Fact]
    public async Task What_cannot_be_written_is_not_claimed()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(".anton/memory/rules.md", "## Always\n<!-- never closed");
        tools.Write(".anton/memory/lessons.md", [0xFF, 0xFE, 0x41]);

        Assert.Contains("never ends", await tools.FailAsync("memorize", Entries("x", "always")), StringComparison.Ordinal);
        Assert.Contains("UTF-8", await tools.FailAsync("memorize", Entries("x", "lesson")), StringComparison.Ordinal);
        Assert.Contains("shorten", await tools.FailAsync("memorize", Entries(new string('x', 1001), "profile")), StringComparison.Ordinal);
        await tools.FailAsync("memorize", Entries("  ", "profile"));
        await tools.FailAsync("memorize", new { entries = Array.Empty<object>() });
        Assert.False(File.Exists(Path.Combine(tools.Root, "memory", "profile.md")));
        Assert.Equal("## Always\n<!-- never closed", tools.Read(".anton/memory/rules.md"));
    }

    [Fact]
    public async Task A_memory_that_leads_elsewhere_by_a_link_takes_nothing()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var outside = Directory.CreateDirectory(Path.Combine(tools.Root, "outside")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, ".anton"), outside);

        Assert.Contains("link", await tools.FailAsync("memorize", Entries("x", "lesson")), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Fact]
    public async Task Several_at_once_lose_nothing()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        await Task.WhenAll(Enumerable.Range(1, 20).Select(i => tools.TextAsync("memorize", Entries($"lesson {i}.", "lesson"))));

        Assert.Equal(21, File.ReadLines(Path.Combine(tools.Project, ".anton", "memory", "lessons.md")).Count());
    }

    [Fact]
    public async Task A_memory_that_is_off_takes_nothing_and_says_how_to_change_that()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Request = tools.Request with { Memory = MemoryPolicy.Off };

        Assert.Contains("Settings", await tools.FailAsync("memorize", Entries("x", "lesson")), StringComparison.Ordinal);
        Assert.False(tools.Exists(".anton"));
    }

    [Fact]
    public async Task A_key_is_not_kept()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        await tools.TextAsync("memorize", Entries($"The key is {AntonUnderTest.Canary}", "lesson"));

        Assert.Contains("The key is [openai key]", tools.Read(".anton/memory/lessons.md"), StringComparison.Ordinal);
    }

    static object Entries(string text, string kind) => new { entries = new[] { new { text, kind, scope = kind == "profile" ? "global" : "project" } } };

    static string Global(ToolsUnderTest tools, string file) => File.ReadAllText(Path.Combine(tools.Root, "memory", file));
}
