using System.Diagnostics;
using System.Globalization;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class EndingTests
{
    [Fact]
    public async Task A_stopped_turn_ends_its_cell_and_keeps_the_variables()
    {
        await using var pads = PadsUnderTest.Start(Patient);
        var turn = pads.Turn();
        await turn.ExecAsync("import os\nx = 41\npid = os.getpid()");
        using var stop = new CancellationTokenSource();

        var cell = turn.ExecAsync("y = 1\nprint('before')\nprogress('running')\nwhile True: pass", ct: stop.Token);
        await turn.Said("running");
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cell);
        Assert.Equal(("cancelled", "before\n"), (turn.LastFrame()["cell_status"]!.GetValue<string>(), turn.LastFrame()["stdout"]!.GetValue<string>()));
        Assert.Equal("41 1 True", (await pads.Turn(turn.Conversation).ExecAsync("print(x, y, pid == os.getpid())")).Printed());
    }

    [Fact]
    public async Task A_stopped_turn_ends_a_cell_that_waits_for_a_program()
    {
        await using var pads = PadsUnderTest.Start(Patient);
        var turn = pads.Turn();
        await turn.ExecAsync("import os\npid = os.getpid()");
        using var stop = new CancellationTokenSource();

        var cell = turn.ExecAsync("progress('running')\nwhile True: os.system('sleep 100')", ct: stop.Token);
        await turn.Said("running");
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cell);
        Assert.Equal("True", (await pads.Turn(turn.Conversation).ExecAsync("print(pid == os.getpid())")).Printed());
    }

    [Theory]
    [InlineData("remove")] // killed
    [InlineData("stop")] // asked to end
    [InlineData("crash")] // ended by itself
    public async Task A_program_in_a_session_of_its_own_ends_with_its_scratchpad(string end)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere nothing tells whose process it was.");
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        var cell = await turn.ExecAsync("import os, subprocess\nprint(subprocess.Popen(['sleep', '4321'], start_new_session=True).pid)");
        var id = int.Parse(cell.Printed(), CultureInfo.InvariantCulture);

        if (end == "remove")
            await turn.CallAsync("remove");
        else if (end == "stop")
            await pads.StopAsync();
        else
            await turn.ExecAsync("os.abort()");

        await Eventually.TrueAsync(
            () => Task.FromResult(!File.Exists($"/proc/{id}/stat") || File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_cell_that_refuses_to_stop_is_killed_and_its_variables_come_back()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("x = 41");
        using var stop = new CancellationTokenSource();

        var cell = turn.ExecAsync("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprogress('running')\nwhile True: pass", ct: stop.Token);
        await turn.Said("running");
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cell);
        Assert.Equal("41", (await pads.Turn(turn.Conversation).ExecAsync("print(x)")).Printed());
    }

    [Fact]
    public async Task A_cell_out_of_time_keeps_its_output_and_the_variables()
    {
        await using var pads = PadsUnderTest.Start(options => Patient(options) with { DefaultLimit = TimeSpan.FromSeconds(1) });
        var turn = pads.Turn();

        var cell = await turn.ExecAsync("import time\nx = 41\nprint('first', flush=True)\nfor i in range(10**9): time.sleep(0.01)");
        var next = await turn.ExecAsync("print(x)");

        Assert.Equal(("timeout", "first\n"), (cell.Status, cell.Stdout));
        Assert.StartsWith("The cell was interrupted after 1 s, its time limit. Variables are kept.", cell.Error, StringComparison.Ordinal);
        Assert.Contains("File \"<cell 1>\", line 4", cell.Error, StringComparison.Ordinal);
        Assert.True(cell.Outcome.IsError);
        Assert.Equal("41", next.Printed());
    }

    [Fact]
    public async Task A_cell_out_of_time_that_does_not_react_is_killed()
    {
        await using var pads = PadsUnderTest.Start(options => options with { DefaultLimit = TimeSpan.FromSeconds(1), TimeoutGrace = TimeSpan.FromSeconds(0.5) });
        var turn = pads.Turn();
        await turn.ExecAsync("x = 41");

        var cell = await turn.ExecAsync("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass");
        var next = await turn.ExecAsync("print(x)");

        Assert.Equal("timeout", cell.Status);
        Assert.Contains("its process was ended too", cell.Error, StringComparison.Ordinal);
        Assert.Equal("41", next.Printed());
    }

    [Fact]
    public async Task Quiet_work_is_no_silence_and_a_hung_interpreter_is()
    {
        await using var pads = PadsUnderTest.Start(options => options with { SilenceLimit = TimeSpan.FromSeconds(1), TimeoutGrace = TimeSpan.FromSeconds(0.5) });
        var turn = pads.Turn();

        var quiet = await turn.ExecAsync("import time\ntime.sleep(2.5)\nprint('done')");
        // PyDLL keeps the interpreter locked: no thread of it can run, as in a deadlock of native code.
        var hung = await turn.ExecAsync("import ctypes\nprint('now')\nctypes.PyDLL(None).pause()");

        Assert.Equal("done", quiet.Printed());
        Assert.Equal("timeout", hung.Status);
        Assert.Contains("without any sign of life", hung.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Native_work_that_locks_the_interpreter_is_no_silence()
    {
        await using var pads = PadsUnderTest.Start(options => options with { SilenceLimit = TimeSpan.FromSeconds(1) });

        // One call of native code, seconds long, during which no other thread gets a turn.
        var cell = await pads.Turn().ExecAsync("sum(range(200_000_000))\nprint('done')");

        Assert.Equal("done", cell.Printed());
    }

    [Fact]
    public async Task The_end_of_the_server_ends_all_that_cells_have_started()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        var cell = await turn.ExecAsync("import os, subprocess\nprint(os.getpid(), subprocess.Popen(['sleep', '1000']).pid)");
        var processes = cell.Printed().Split(' ').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)).ToList();
        Assert.All(processes, pid => Assert.True(IsAlive(pid)));

        await pads.StopAsync();

        await Eventually.TrueAsync(() => Task.FromResult(!processes.Any(IsAlive)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_end_of_the_server_ends_a_cell_that_runs()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        var cell = turn.ExecAsync("progress('running')\nimport time\ntime.sleep(1000)");
        await turn.Said("running");
        var pool = pads.Pool;

        await pads.StopAsync();

        Assert.Equal("error", (await cell).Status);
        Assert.Equal(0, pool.Alive);
    }

    /// <summary>Where an interrupt must do, a busy machine gets the time for it.</summary>
    static ScratchpadOptions Patient(ScratchpadOptions options) => options with { StopGrace = TimeSpan.FromSeconds(30), TimeoutGrace = TimeSpan.FromSeconds(30) };

    static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited && !IsZombie(pid);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Where nobody collects orphans they stay as a line in the process table.</summary>
    static bool IsZombie(int pid)
    {
        var status = $"/proc/{pid}/stat";
        return File.Exists(status) && File.ReadAllText(status).Contains(") Z ", StringComparison.Ordinal);
    }
}
