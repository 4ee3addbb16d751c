using System.Globalization;
using Cowork.Abstractions;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Tools.Commands;

public sealed class RunCommandTests
{
    [Fact]
    public async Task A_command_runs_in_the_project_and_answers_with_output_and_exit_code()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Directory.CreateDirectory(Path.Combine(tools.Project, "sub"));

        Assert.Equal("out\nerr\nsub\n[exit code 0, 0.0 s]", await tools.TextAsync("run_command", new { command = "echo out; echo err >&2; basename \"$PWD\"", cwd = "sub" }));
        var failed = await tools.RunAsync("run_command", new { command = "exit 3" });

        Assert.True(failed.IsError);
        Assert.Equal("(no output)\n[exit code 3, 0.0 s]", failed.Text);
    }

    [Fact]
    public async Task Plain_reading_runs_unasked_and_finding_nothing_is_no_error()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.txt", "b\na\nb\n");

        Assert.StartsWith("a\nb\n[", await tools.TextAsync("run_command", new { command = "cat a.txt | sort | uniq" }), StringComparison.Ordinal);
        Assert.StartsWith("(no output)\n[exit code 1", await tools.TextAsync("run_command", new { command = "grep zzz a.txt" }), StringComparison.Ordinal);
        Assert.Empty(tools.Person.Asked);
    }

    [Fact]
    public async Task Everything_else_is_shown_whole_to_the_person_who_decides()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Directory.CreateDirectory(Path.Combine(tools.Project, "sub"));
        var command = $"touch made # {new string('x', 200)}\necho done";

        await tools.TextAsync("run_command", new { command });
        await tools.TextAsync("run_command", new { command = "touch made", cwd = "sub" });

        var asked = tools.Person.Asked.ToList();
        Assert.Equal(("run_command", command, command, "call-1"), (asked[0].Action, asked[0].Subject, asked[0].Detail, asked[0].ToolUseId));
        Assert.StartsWith("Run “touch made # xxx", asked[0].Summary, StringComparison.Ordinal);
        Assert.EndsWith("…”", asked[0].Summary, StringComparison.Ordinal);
        Assert.Equal(("Run “touch made”", "touch made (in sub)"), (asked[1].Summary, asked[1].Subject));
        Assert.True(tools.Exists("made"));
    }

    [Fact]
    public async Task A_refused_command_does_not_run_and_the_model_reads_why()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Person.Decide = _ => new ApprovalDecision(false, "The user said no; ask what they want instead.");

        Assert.Equal("The command was not run. The user said no; ask what they want instead.", await tools.FailAsync("run_command", new { command = "touch made" }));
        Assert.False(tools.Exists("made"));
    }

    [Theory]
    [InlineData(false)] // the time is over
    [InlineData(true)] // the user stops the turn
    public async Task A_command_that_is_stopped_is_gone_with_all_that_it_started(bool isStopped)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Looks for processes in /proc.");
        await using var tools = await ToolsUnderTest.StartAsync();
        using var stop = new CancellationTokenSource();
        // A child, a child that survives its parent, and one in the background; each tells its id.
        const string Command = "sleep 600 & echo id $!; (sleep 601 & echo id $!); sh -c 'sleep 602 & echo id $!; wait' & echo ready; wait";
        var isReady = new TaskCompletionSource();
        tools.OnEvent = _ => isReady.TrySetResult();

        var running = tools.RunAsync("run_command", new { command = Command, timeout_seconds = 30 }, stop.Token);
        await isReady.Task;
        await UntilAsync(() => Sleeping(tools.Project) == 3);
        if (isStopped)
            await stop.CancelAsync();
        else
            tools.Clock.Advance(TimeSpan.FromSeconds(31));

        if (isStopped)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }
        else
        {
            var outcome = await running;
            Assert.True(outcome.IsError);
            Assert.Contains("ready", outcome.Text, StringComparison.Ordinal);
            Assert.EndsWith("[stopped after 30 s, which was its time limit; ask for more with timeout_seconds, at most 600]", outcome.Text, StringComparison.Ordinal);
        }

        await UntilAsync(() => Sleeping(tools.Project) == 0);
    }

    [Fact]
    public async Task What_is_left_in_the_background_ends_with_the_command()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Looks for processes in /proc.");
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.StartsWith("started\n[exit code 0", await tools.TextAsync("run_command", new { command = "sleep 603 & echo started" }), StringComparison.Ordinal);

        await UntilAsync(() => Sleeping(tools.Project) == 0);
    }

    [Fact]
    public async Task Nobody_types_so_a_program_that_reads_gets_the_end_of_its_input()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.StartsWith("over\n", await tools.TextAsync("run_command", new { command = "read line || echo over" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_without_end_keeps_its_beginning_and_its_end()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        var text = await tools.TextAsync("run_command", new { command = "echo first; yes 0123456789 | head -c 5000000; echo last" });

        Assert.StartsWith("first\n", text, StringComparison.Ordinal);
        Assert.Contains("last\n[exit code 0", text, StringComparison.Ordinal);
        Assert.Contains("characters left out", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 30_000, 31_000);
    }

    [Fact]
    public async Task Lines_are_shown_while_the_command_runs_with_its_id_and_without_secrets()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        await tools.TextAsync("run_command", new { command = $"echo key {AntonUnderTest.Canary}" });

        var progress = Assert.IsType<HarnessEvent.Progress>(Assert.Single(tools.Events));
        Assert.Equal(("command", "key [openai key]", "call-1"), (progress.Phase, progress.Message, progress.ToolUseId));
        Assert.DoesNotContain(tools.Person.Asked, asked => asked.ToString().Contains(AntonUnderTest.Canary, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_environment_has_no_keys()
    {
        Environment.SetEnvironmentVariable("ANTON_TEST_API_KEY", "sk-from-environment");
        await using var tools = await ToolsUnderTest.StartAsync();

        var text = await tools.TextAsync("run_command", new { command = "env" });

        Assert.DoesNotContain("sk-from-environment", text, StringComparison.Ordinal);
        Assert.Contains("PATH=", text, StringComparison.Ordinal);
        Assert.Contains("PYTHONUTF8=1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_command_and_a_missing_folder_are_refused()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        await tools.FailAsync("run_command", new { command = "  " });
        await tools.FailAsync("run_command", new { command = "ls\0-l" });
        Assert.Contains("no folder “nowhere”", await tools.FailAsync("run_command", new { command = "ls", cwd = "nowhere" }), StringComparison.Ordinal);
    }

    /// <summary>How many sleeping children of this test there are: those whose folder is its project.</summary>
    static int Sleeping(string project) => Directory.EnumerateDirectories("/proc").Count(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).StartsWith("sleep\0", StringComparison.Ordinal)
                && new FileInfo(Path.Combine(process, "cwd")).LinkTarget == project;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    static Task UntilAsync(Func<bool> condition) => Eventually.TrueAsync(() => Task.FromResult(condition()), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_process_that_leaves_its_session_ends_with_the_command()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere nothing tells whose process it was.");
        await using var tools = await ToolsUnderTest.StartAsync();

        await tools.TextAsync("run_command", new { command = "setsid sleep 4321 >/dev/null 2>&1 & echo $! > pid; sleep 0.2" });

        var id = int.Parse(tools.Read("pid"), CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => Task.FromResult(!Runs(id)), TestContext.Current.CancellationToken);

        static bool Runs(int id) => File.Exists($"/proc/{id}/stat") && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
    }
}
