using System.Globalization;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed partial class CellTests
{
    [Fact]
    public async Task A_cell_shows_its_start_its_end_and_what_came_of_it()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        var (id, outcome) = await turn.SendAsync("""{"action":"exec","name":"main","code":"import math\nx = 41\nprint('x is', x)\nprint(math.sqrt(16))","one_line_description":"Compute a square root","estimated_execution_time_seconds":2}""");

        Assert.Equal("[output]\nx is 41\n4.0", outcome.Text);
        Assert.False(outcome.IsError);
        var frame = turn.Events.OfType<HarnessEvent.ToolResult>().Single();
        Assert.Equal((id, "scratchpad", "exec"), (frame.ToolUseId, frame.ToolName, frame.Action));
        Assert.Equal(
            """{"code": "import math\nx = 41\nprint('x is', x)\nprint(math.sqrt(16))", "stdout": "x is 41\n4.0\n", "stderr": "", "error": null, "description": "Compute a square root", "estimated_time": "2s", "logs": "", "cell_status": "ok"}""",
            frame.Content);
        var progress = turn.Progress.ToList();
        Assert.Equal(("scratchpad_start", "Compute a square root", id, 2.0), (progress[0].Phase, progress[0].Message, progress[0].ToolUseId, progress[0].EtaSeconds));
        Assert.Equal(("scratchpad_done", "Compute a square root", id), (progress[^1].Phase, progress[^1].Message, progress[^1].ToolUseId));
        Assert.True(progress[^1].EtaSeconds > 0);
        Assert.Same(frame, turn.Events.Last());
    }

    [Fact]
    public async Task Errors_logs_and_progress_have_their_places()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        var cell = await turn.ExecAsync("""
            import logging, sys
            progress('step 0')
            logging.getLogger('demo').info('library log line')
            print('warn', file=sys.stderr)
            print('before')
            1/0
            """);

        Assert.Equal(("before\n", "warn\n", "demo: library log line\n", "error"), (cell.Stdout, cell.Stderr, cell.Logs, cell.Status));
        Assert.StartsWith("Traceback (most recent call last):\n  File \"<cell 1>\", line 6, in <module>\n    1/0\n", cell.Error, StringComparison.Ordinal);
        Assert.EndsWith("ZeroDivisionError: division by zero\n", cell.Error, StringComparison.Ordinal);
        Assert.True(cell.Outcome.IsError);
        Assert.StartsWith("[output]\nbefore\n\n[logs]\ndemo: library log line\n\n[stderr]\nwarn\n\n[error]\nTraceback", cell.Outcome.Text, StringComparison.Ordinal);
        Assert.Contains(turn.Progress, progress => progress is { Phase: "scratchpad", Message: "step 0" });
    }

    [Fact]
    public async Task A_cell_without_output_says_so()
    {
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn().ExecAsync("1 + 1");

        Assert.Equal("The cell ended without an error and without output. Use print() to see a value.", cell.Outcome.Text);
        Assert.Equal("", cell.Stdout);
    }

    [Fact]
    public async Task An_empty_cell_is_refused_without_a_frame()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        await Assert.ThrowsAsync<ToolException>(() => turn.ExecAsync("  \n"));
        Assert.Empty(turn.Events);
    }

    [Fact]
    public async Task Exiting_ends_the_cell_and_not_the_scratchpad()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        var exited = await turn.ExecAsync("import sys\nx = 5\nprint('bye')\nsys.exit(3)");
        var clean = await turn.ExecAsync("exit()");
        var next = await turn.ExecAsync("print(x)");

        Assert.Equal(("bye\n", "error"), (exited.Stdout, exited.Status));
        Assert.Contains("sys.exit(3)", exited.Error, StringComparison.Ordinal);
        Assert.Equal("ok", clean.Status);
        Assert.Equal("5", next.Printed());
    }

    [Fact]
    public async Task Very_long_output_is_cut_and_nothing_is_lost_but_its_middle()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        var cell = await turn.ExecAsync("import sys\nprint('begin' + 'x'*20000 + 'end')\nprint('e'*90000 + '!', file=sys.stderr)");
        var next = await turn.ExecAsync("print('alive')");

        Assert.InRange(cell.Stdout.Length, 10_000, 10_100);
        Assert.StartsWith("beginxxx", cell.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("xxxend\n", cell.Stdout, StringComparison.Ordinal);
        Assert.Contains("[10009 characters left out]", cell.Stdout, StringComparison.Ordinal);
        Assert.InRange(cell.Stderr.Length, 5_000, 5_100);
        Assert.EndsWith("ee!\n", cell.Stderr, StringComparison.Ordinal);
        Assert.Equal("alive", next.Printed());
    }

    [Fact]
    public async Task The_frame_fits_whatever_the_cell_contains()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        // Control characters grow to six characters each.
        await turn.ExecAsync($"import sys\nc = '{new string('c', 100_000)}'\nprint('\\x01'*20000)\nprint('\\x02'*20000, file=sys.stderr)\nraise ValueError('\\x03🙂'*20000)");

        var frame = turn.Events.OfType<HarnessEvent.ToolResult>().Single().Content;
        Assert.True(frame.Length < 65_536, $"{frame.Length} characters");
        Assert.Contains("\u0001", JsonNode.Parse(frame)!["stdout"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_subprocesses_and_native_code_print_is_captured_in_order()
    {
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn().ExecAsync("""
            import os, subprocess, sys
            print('one')
            subprocess.run([sys.executable, '-c', "import sys; print('two'); print('err', file=sys.stderr)"])
            os.write(1, b'three\n')
            print('four')
            """);

        Assert.Equal("one\ntwo\nthree\nfour", cell.Printed());
        Assert.Equal("err\n", cell.Stderr);
    }

    [Fact]
    public async Task A_cell_that_reads_gets_nothing_and_the_next_one_runs()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        var cell = await turn.ExecAsync("import sys, os\nprint(repr(sys.stdin.read()), os.read(0, 10))\ninput()");
        var next = await turn.ExecAsync("print('alive')");

        Assert.Equal("'' b''\n", cell.Stdout);
        Assert.Contains("EOFError", cell.Error, StringComparison.Ordinal);
        Assert.Equal("alive", next.Printed());
    }

    [Fact]
    public async Task A_cell_may_close_its_streams()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        await turn.ExecAsync("import os, sys\nos.close(1)\nsys.stdout.close()\nos.close(2)");
        var next = await turn.ExecAsync("import sys\nprint('alive')\nprint('too', file=sys.stderr)");

        Assert.Equal("alive", next.Printed());
        Assert.Equal("too\n", next.Stderr);
    }

    [Theory]
    [InlineData("print('Größe 日本 🙂')", "Größe 日本 🙂")] // ordinary text of the world
    [InlineData("print('a\\ud800b')", "a\\ud800b")] // half a pair in the code's own escape
    [InlineData("print(chr(0xD800), len('\\ud83d'))", "\\ud800 1")] // half a pair at run time
    [InlineData("import os; os.write(1, b'\\xff\\xfe ok\\n')", "\\xff\\xfe ok")] // bytes that are no UTF-8
    [InlineData("import os; os.write(1, b'\\x00\\x00 ok\\n')", "\0\0 ok")] // NUL is where the end mark begins
    public async Task Any_text_passes(string code, string printed)
    {
        await using var pads = PadsUnderTest.Start();

        Assert.Equal(printed, (await pads.Turn().ExecAsync(code)).Printed());
    }

    [Fact]
    public async Task Half_a_pair_in_the_arguments_stays_an_escape()
    {
        await using var pads = PadsUnderTest.Start();

        var (_, outcome) = await pads.Turn().SendAsync("""{"action":"exec","name":"main","code":"print(len('\ud800'), '\ud83d\ude42', '\\ud800' == '\udc00', 'C:\\\\x')"}""");

        Assert.Equal("[output]\n1 🙂 False C:\\x", outcome.Text);
    }

    [Fact]
    public async Task The_project_is_where_cells_work_and_top_level_await_is_understood()
    {
        await using var pads = PadsUnderTest.Start();
        await File.WriteAllTextAsync(Path.Combine(pads.Project.Directory, "json.py"), "raise RuntimeError('a module of the project')", TestContext.Current.CancellationToken);

        var cell = await pads.Turn().ExecAsync("import asyncio, os\nawait asyncio.sleep(0)\nprint(os.path.realpath(os.getcwd()))");

        Assert.Equal(Path.GetFileName(pads.Project.Directory), Path.GetFileName(cell.Printed()));
    }

    [Fact]
    public async Task Output_is_shown_while_the_cell_runs()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        var gate = Path.Combine(pads.Root, "gate");

        var cell = turn.ExecAsync($"import os, time\nprint('rows read')\nwhile not os.path.exists({Quoted(gate)}): time.sleep(0.01)");
        await turn.Said("rows read");
        Assert.False(cell.IsCompleted);
        await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);

        Assert.Equal("rows read", (await cell).Printed());
    }

    [Fact]
    public async Task A_flood_of_output_is_not_a_flood_of_events()
    {
        await using var pads = PadsUnderTest.Start(options => options with { OutputInterval = TimeSpan.FromHours(1) });
        var turn = pads.Turn();

        var cell = await turn.ExecAsync("for i in range(200000): print('line', i)");

        Assert.EndsWith("line 199999", cell.Printed(), StringComparison.Ordinal);
        Assert.Equal(["scratchpad_start", "scratchpad", "scratchpad_done"], turn.Progress.Select(progress => progress.Phase));
    }

    static async Task SkipWithoutAsync(PadTurn turn, string module)
    {
        var there = (await turn.ExecAsync(string.Create(CultureInfo.InvariantCulture, $"import importlib.util\nprint(importlib.util.find_spec('{module}') is not None)"))).Printed();
        Assert.SkipUnless(there == "True", $"The Python of this machine has no {module}.");
    }

    static string Quoted(string path) => $"r'{path}'";

    [Fact]
    public async Task What_background_work_writes_between_two_cells_is_no_output_of_the_next_one()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        var go = Path.Combine(pads.Project.Directory, "go");
        var done = Path.Combine(pads.Project.Directory, "done");
        await turn.ExecAsync("import subprocess\np = subprocess.Popen(['sh', '-c', 'while [ ! -f go ]; do sleep 0.02; done; echo late; touch done'])");

        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(done)), TestContext.Current.CancellationToken);
        var cell = await turn.ExecAsync("print('mine')");

        Assert.Equal("mine", cell.Printed());
        Assert.Contains("since the last cell:\nlate", cell.Logs, StringComparison.Ordinal);
    }
}
