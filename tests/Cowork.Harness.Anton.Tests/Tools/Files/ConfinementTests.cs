using System.Diagnostics;
using Cowork.Harness.Anton.Tools.Commands;

namespace Cowork.Harness.Anton.Tests.Tools.Files;

public sealed class ConfinementTests
{
    public static TheoryData<string, string> Hostile => new()
    {
        { "../secret.txt", "simple traversal" },
        { "a/../../secret.txt", "traversal below a folder" },
        { "..\\secret.txt", "another system's separator" },
        { "/etc/passwd", "absolute" },
        { "//etc/passwd", "absolute with two slashes" },
        { "\\\\server\\share\\x", "a share of another machine" },
        { "C:\\Windows\\win.ini", "a drive" },
        { "c:secret.txt", "relative to a drive" },
        { "~/.ssh/id_rsa", "the home folder" },
        { "~", "the home folder itself" },
        { "secret\0.txt", "NUL ends the name for the system" },
        { "/etc\0/passwd", "absolute with NUL" },
        { "out/secret.txt", "through a link to a folder outside" },
        { "link.txt", "a link to a file outside" },
        { "loop/x.txt", "a link to itself" },
        { "", "nothing" },
        { "   ", "blanks" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task No_tool_reads_or_changes_anything_outside_of_the_project(string path, string reason)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var outside = Directory.CreateDirectory(Path.Combine(tools.Root, "outside")).FullName;
        var secret = Path.Combine(outside, "secret.txt");
        await File.WriteAllTextAsync(secret, "SECRET");
        await File.WriteAllTextAsync(Path.Combine(tools.Root, "secret.txt"), "SECRET");
        Directory.CreateDirectory(Path.Combine(tools.Project, "a"));
        File.CreateSymbolicLink(Path.Combine(tools.Project, "link.txt"), secret);
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "out"), outside);
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "loop"), Path.Combine(tools.Project, "loop"));
        var before = Tree(tools.Root);

        foreach (var (tool, arguments) in Calls(path))
        {
            var failure = await tools.FailAsync(tool, arguments);
            Assert.DoesNotContain("SECRET", failure, StringComparison.Ordinal);
        }

        Assert.True(before.SequenceEqual(Tree(tools.Root)), reason);
        Assert.Equal("SECRET", await File.ReadAllTextAsync(secret));
        Assert.Empty(tools.Person.Asked);
    }

    [Theory]
    [InlineData(".anton/.env")] // keys
    [InlineData(".anton/mcp.json")] // servers, with their keys
    [InlineData(".anton/mcp2.json")] // a copy of them
    [InlineData(".Anton./.env")] // the same folder for Windows
    [InlineData(".anton/artifacts/app/.env")] // keys of a result
    [InlineData(".anton/memory/.env.local")] // keys at a place that is open
    [InlineData("sub/.anton/.env")] // keys of a project inside
    [InlineData("notes.txt")] // a link to the keys
    [InlineData("inside/.env")] // by a link to the folder
    [InlineData("twice")] // a link to a link
    public async Task What_the_server_keeps_beside_memory_and_results_cannot_be_read(string path)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        foreach (var file in (string[])[".anton/.env", ".anton/mcp.json", ".anton/mcp2.json", ".Anton./.env", ".anton/artifacts/app/.env", ".anton/memory/.env.local", "sub/.anton/.env"])
            tools.Write(file, "canary,canary\n1,2");
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "inside"), Path.Combine(tools.Project, ".anton"));
        File.CreateSymbolicLink(Path.Combine(tools.Project, "notes.txt"), Path.Combine("inside", ".env"));
        File.CreateSymbolicLink(Path.Combine(tools.Project, "twice"), "notes.txt");

        foreach (var (tool, arguments) in Reading(path))
            Assert.DoesNotContain("canary", await tools.FailAsync(tool, arguments), StringComparison.Ordinal);
        Assert.False(CommandPolicy.IsHarmless($"cat {path}", tools.Project, tools.Context));
    }

    [Fact]
    public async Task Memory_instructions_and_results_can_be_read()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        string[] files = [".anton/anton.md", ".anton/memory/rules.md", ".anton/skills/x/SKILL.md", ".anton/context/a.md", ".anton/artifacts/page/index.html"];
        foreach (var file in files)
        {
            tools.Write(file, "mine");
            Assert.Equal("mine", await tools.TextAsync("read_file", new { path = file }));
            Assert.True(CommandPolicy.IsHarmless($"cat {file}", tools.Project, tools.Context));
        }
    }

    [Theory]
    [InlineData(".")]
    [InlineData(".anton")]
    [InlineData("inside")]
    public async Task Searches_and_listings_pass_over_what_cannot_be_read(string path)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(".anton/mcp.json", "canary");
        tools.Write(".anton/.env", "canary");
        tools.Write(".anton/memory/rules.md", "canary of mine");
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "inside"), Path.Combine(tools.Project, ".anton"));

        var found = await tools.TextAsync("search_files", new { pattern = "canary", path });
        var listed = await tools.TextAsync("list_files", new { path, recursive = true });

        Assert.EndsWith("memory/rules.md:1: canary of mine", Assert.Single(found.Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("mcp.json", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(".env", listed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("grep -r canary .")]
    [InlineData("grep --recursive canary")]
    [InlineData("grep -r .anton")] // the pattern; it searches where it is
    [InlineData("grep -r --exclude-dir=.anton canary .anton")]
    [InlineData("cat .anton/*")]
    [InlineData("head .anton/.e*")]
    [InlineData("git show HEAD:.anton/.env")]
    public async Task Commands_that_would_come_by_it_are_asked_for(string line)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(".anton/.env", "canary");
        tools.Write(".git/config", "");
        Directory.CreateDirectory(Path.Combine(tools.Project, ".git", "objects"));
        Directory.CreateDirectory(Path.Combine(tools.Project, ".git", "refs"));

        Assert.False(CommandPolicy.IsHarmless(line, tools.Project, tools.Context));
        Assert.True(CommandPolicy.IsHarmless("grep -r --exclude-dir=.anton canary .", tools.Project, tools.Context));
    }

    [Fact]
    public async Task A_pipe_in_the_project_makes_no_tool_wait()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes among the files of Windows.");
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", "needle");
        Pipe("pipe.csv");
        Pipe("data.db-journal");
        tools.Write("data.db", [.. "SQLite format 3\0"u8, .. new byte[200]]);

        foreach (var (tool, arguments) in Reading("pipe.csv").Append(("edit_file", new { path = "pipe.csv", old_text = "a", new_text = "b" })).Append(("query_data", new { files = new[] { "data.db" } })))
            Assert.Contains("is not a regular file", await tools.FailAsync(tool, arguments).WaitAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("a.txt:1: needle", await tools.TextAsync("search_files", new { pattern = "needle" }), StringComparison.Ordinal);

        void Pipe(string name)
        {
            using var made = Process.Start("mkfifo", Path.Combine(tools.Project, name));
            made.WaitForExit();
        }
    }

    [Theory]
    [InlineData(".anton/memory/rules.md")] // memory has its own tool
    [InlineData(".anton/anton.md")] // the user's instructions
    [InlineData(".Anton/anton.md")] // the same folder where case does not count
    [InlineData(".anton./anton.md")] // the same folder for Windows
    [InlineData(".anton/artifacts")] // all results at once
    [InlineData(".anton")] // everything at once
    [InlineData(".anton/artifacts/../memory/rules.md")] // around the corner
    [InlineData(".anton/artifacts/page/metadata.json")] // kept by the server
    [InlineData(".git/config")] // names programs that git runs
    [InlineData(".GIT/hooks/pre-commit")] // the same where case does not count
    [InlineData("sub/.git/config")] // of a repository inside
    [InlineData(".git")] // a file of this name points at another repository
    [InlineData("inside/rules.md")] // a link to a protected folder
    [InlineData(".")] // the project itself
    public async Task What_the_server_and_git_keep_cannot_be_changed(string path)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(".anton/memory/rules.md", "mine");
        tools.Write(".anton/anton.md", "mine");
        tools.Write(".anton/artifacts/page/metadata.json", "{}");
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "inside"), Path.Combine(tools.Project, ".anton", "memory"));
        var before = Tree(tools.Root);

        await tools.FailAsync("write_file", new { path, content = "x" });
        await tools.FailAsync("edit_file", new { path, old_text = "mine", new_text = "x" });
        await tools.FailAsync("delete_file", new { path, recursive = true });

        Assert.Equal(before, Tree(tools.Root));
        Assert.Equal("mine", tools.Read(".anton/memory/rules.md"));
    }

    [Fact]
    public async Task An_absolute_path_of_the_project_is_as_good_as_a_relative_one()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var path = Path.Combine(tools.Project, "a", "b.txt");

        await tools.TextAsync("write_file", new { path, content = "x" });

        Assert.Equal("x", await tools.TextAsync("read_file", new { path = "a/b.txt" }));
    }

    [Fact]
    public async Task An_attached_file_is_read_by_its_name_or_path_and_never_written()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var file = tools.Attach("notes.txt", "attached"u8.ToArray());

        Assert.Equal("attached", await tools.TextAsync("read_file", new { path = "notes.txt" }));
        Assert.Equal("attached", await tools.TextAsync("read_file", new { path = file.Path }));
        await tools.FailAsync("write_file", new { path = file.Path, content = "x" });
        await tools.FailAsync("delete_file", new { path = file.Path });

        tools.Write("notes.txt", "of the project");
        Assert.Equal("of the project", await tools.TextAsync("read_file", new { path = "notes.txt" }));
        Assert.Equal("attached", await File.ReadAllTextAsync(file.Path));
    }

    static IEnumerable<(string Tool, object Arguments)> Calls(string path)
    {
        yield return ("read_file", new { path });
        yield return ("write_file", new { path, content = "x" });
        yield return ("edit_file", new { path, old_text = "SECRET", new_text = "x" });
        yield return ("delete_file", new { path, recursive = true });
        yield return ("read_image", new { file_path = path });
        yield return ("query_data", new { files = new[] { path } });
        // For these, nothing and blanks mean the project folder.
        if (path.Trim().Length > 0)
        {
            yield return ("list_files", new { path });
            yield return ("search_files", new { pattern = "SECRET", path });
            yield return ("run_command", new { command = "cat secret.txt", cwd = path });
        }
    }

    static string[] Tree(string root) => [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    static IEnumerable<(string Tool, object Arguments)> Reading(string path) =>
    [
        ("read_file", new { path }),
        ("read_image", new { file_path = path }),
        ("query_data", new { files = new[] { path } }),
    ];
}
