using Cowork.Abstractions;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class StateTests
{
    [Fact]
    public async Task Variables_are_there_in_the_next_turn()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        await turn.ExecAsync("x = 41");

        Assert.Equal("42", (await pads.Turn(turn.Conversation).ExecAsync("print(x + 1)")).Printed());
    }

    [Fact]
    public async Task Scratchpads_do_not_share_variables()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("zz = 7");

        Assert.Equal("False", (await turn.ExecAsync("print('zz' in globals())", pad: "other")).Printed());
        Assert.Equal("False", (await pads.Turn().ExecAsync("print('zz' in globals())")).Printed());
        Assert.Equal("7", (await turn.ExecAsync("print(zz)")).Printed());
    }

    [Fact]
    public async Task Conversations_compute_at_the_same_time()
    {
        await using var pads = PadsUnderTest.Start();
        var turns = Enumerable.Range(0, 3).Select(_ => pads.Turn()).ToList();

        // Each waits for all others, so one after the other would never end.
        var cells = await Task.WhenAll(turns.Select((turn, i) => turn.ExecAsync($"import glob, time\nx = {i}\nopen('here-{i}', 'w').close()\nwhile len(glob.glob('here-*')) < 3: time.sleep(0.01)\nprint(x)")));

        Assert.Equal(["0", "1", "2"], cells.Select(cell => cell.Printed()));
        Assert.Equal(3, pads.Pool.Alive);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("remove")]
    public async Task Resetting_forgets_variables_and_cells_for_good(string action)
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("zz = 7\nimport math\ndef f(): pass");

        await turn.CallAsync(action);

        Assert.Equal("The scratchpad 'main' has no cells.", await turn.CallAsync("view"));
        var cell = await turn.ExecAsync("print([name for name in ('zz', 'math', 'f') if name in globals()])");
        Assert.Equal(("[]\n", ""), (cell.Stdout, cell.Logs));
    }

    [Fact]
    public async Task A_native_crash_costs_the_cell_and_not_the_variables()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("import math\nx = {'a': [1, 2]}\ndef area(r): return math.pi * r\nclass P:\n    def __init__(self, n): self.n = n\np = P(3)");

        var gate = Path.Combine(pads.Root, "gate");
        var crashing = turn.ExecAsync($"import os, time\ny = 1\nprint('so far')\nwhile not os.path.exists(r'{gate}'): time.sleep(0.01)\nos.abort()");
        await turn.Said("so far");
        await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);
        var crash = await crashing;
        var next = await turn.ExecAsync("print(x, round(area(1), 2), p.n, isinstance(p, P), 'y' in globals())");

        Assert.Equal(("so far\n", "error"), (crash.Stdout, crash.Status));
        Assert.Contains("aborted in native code", crash.Error, StringComparison.Ordinal);
        Assert.EndsWith("File \"<cell 2>\", line 5 in <module>", crash.Error.Split("\n\nExtension modules")[0], StringComparison.Ordinal);
        Assert.Equal("{'a': [1, 2]} 3.14 3 True False", next.Printed());
        Assert.Equal("", next.Logs);
    }

    [Fact]
    public async Task A_new_server_brings_the_variables_back_and_says_what_it_could_not()
    {
        await using var pads = PadsUnderTest.Start();
        var before = pads.Turn();
        await before.ExecAsync("import threading\nx = 41\nlock = threading.Lock()\nnumbers = (i for i in range(3))\nfile = open('notes.txt', 'w')\nfile.write('kept')", pad: "Größe");
        await pads.StopAsync();

        await using var after = PadsUnderTest.Start(root: pads.Root);
        var turn = after.Turn(before.Conversation);
        var cell = await turn.ExecAsync("print(x, threading.active_count() > 0, 'file' in globals())", pad: "Größe");
        var view = await turn.CallAsync("view", "Größe");

        Assert.Equal("41 True False", cell.Printed());
        Assert.Contains("Not restored: file (TextIOWrapper), lock (lock), numbers (generator).", cell.Logs, StringComparison.Ordinal);
        Assert.Contains("--- Cell 1 — Test ---\nimport threading\nx = 41", view, StringComparison.Ordinal);
        Assert.Contains("--- Cell 2 — Test ---", view, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_written_before_the_server_ended_is_in_the_file_and_restoring_leaves_it_alone()
    {
        await using var pads = PadsUnderTest.Start();
        var before = pads.Turn();
        // As a default, the call to open() is part of the source that is run again.
        await before.ExecAsync("def log(text, file=open('notes.txt', 'w')):\n    file.write(text)\nlog('kept')\ny = 2");
        await pads.StopAsync();
        var notes = Path.Combine(pads.Project.Directory, "notes.txt");
        await File.WriteAllTextAsync(notes, "kept by the user", TestContext.Current.CancellationToken);

        await using var after = PadsUnderTest.Start(root: pads.Root);
        var cell = await after.Turn(before.Conversation).ExecAsync("print(y, 'log' in globals())\nopen('other.txt', 'w').close()");

        Assert.Equal("2 False", cell.Printed());
        Assert.Contains("Not restored: log (definition).", cell.Logs, StringComparison.Ordinal);
        Assert.Equal("kept by the user", await File.ReadAllTextAsync(notes, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_old_copy_is_called_old()
    {
        await using var pads = PadsUnderTest.Start();
        var before = pads.Turn();
        await before.ExecAsync("x = 1");
        await pads.StopAsync();
        var file = Assert.Single(Directory.GetFiles(pads.Root, "state.pkl", SearchOption.AllDirectories));
        File.Copy(file, $"{file}.old");
        await using (var later = PadsUnderTest.Start(root: pads.Root))
            await later.Turn(before.Conversation).ExecAsync("x = 2");
        File.Move($"{file}.old", file, overwrite: true);

        await using var after = PadsUnderTest.Start(root: pads.Root);
        var cell = await after.Turn(before.Conversation).ExecAsync("print(x)");

        Assert.Equal("1", cell.Printed());
        Assert.Contains("The changes made after cell 1 are lost.", cell.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_that_ends_the_interpreter_is_put_aside()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("import os\nclass Bomb:\n    def __reduce__(self): return (os._exit, (3,))\nb = Bomb()\nx = 1");
        await turn.ExecAsync("os._exit(0)");

        var cell = await turn.ExecAsync("print('alive', 'x' in globals())");

        Assert.Equal("alive False", cell.Printed());
        Assert.Contains("the saved state could not be read", cell.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_that_are_too_large_are_named_and_the_others_kept()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("huge = bytes(101 * 1024 * 1024)\nx = 1");
        await turn.ExecAsync("import os; os._exit(0)");

        var cell = await turn.ExecAsync("print(x, 'huge' in globals())");

        Assert.Equal("1 False", cell.Printed());
        Assert.Contains("huge (bytes, too large)", cell.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scratchpad_that_nobody_uses_gives_its_process_back_and_keeps_its_variables()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("x = 41");

        pads.Time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(1, pads.Pool.Alive);
        pads.Time.Advance(TimeSpan.FromMinutes(2));
        await Eventually.TrueAsync(() => Task.FromResult(pads.Pool.Alive == 0), TestContext.Current.CancellationToken);

        var cell = await turn.ExecAsync("print(x)");
        Assert.Equal("41", cell.Printed());
        Assert.Equal("", cell.Logs);
    }

    [Fact]
    public async Task The_scratchpad_used_longest_ago_makes_room()
    {
        await using var pads = PadsUnderTest.Start(options => options with { MaxPads = 2 });
        var turn = pads.Turn();
        await turn.ExecAsync("import os\npid = os.getpid()", pad: "a");
        await turn.ExecAsync("import os\npid = os.getpid()", pad: "b");
        await turn.ExecAsync("pass", pad: "a");

        await turn.ExecAsync("pass", pad: "c");

        Assert.Equal(2, pads.Pool.Alive);
        Assert.Equal("True", (await turn.ExecAsync("print(pid == os.getpid())", pad: "a")).Printed());
        Assert.Equal("False", (await turn.ExecAsync("print(pid == os.getpid())", pad: "b")).Printed());
    }

    [Fact]
    public async Task Dumping_shows_a_notebook()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.SendAsync("""{"action":"exec","name":"main","code":"y=1\nprint(y)","one_line_description":"Set y","estimated_execution_time_seconds":1}""");

        var text = await turn.CallAsync("dump");

        var result = turn.Events.OfType<HarnessEvent.ToolResult>().Last();
        Assert.Equal("dump", result.Action);
        Assert.Equal("## Scratchpad: main (1 cells)\n\n### Cell 1 — Set y\n```python\ny=1\nprint(y)\n```\n\n**Output:**\n```\n1\n```\n", result.Content);
        Assert.Equal($"The user sees this notebook now; do not repeat it.\n\n{result.Content}", text);
    }

    [Theory]
    [InlineData("../../escape")] // out of the folder
    [InlineData("/etc/escape")] // absolute
    [InlineData("a\\..\\b")] // another system's separator
    [InlineData("..")] // the folder above
    [InlineData("con")] // a device on Windows
    [InlineData("Main")] // the same file on most desktops
    [InlineData("größe\u0000x")] // what no file system wants
    public async Task A_name_is_never_a_path(string name)
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("x = 1", pad: "main");

        Assert.Equal("False", (await turn.ExecAsync("print('x' in globals())", pad: name)).Printed());

        var folders = Directory.GetDirectories(Path.Combine(pads.Root, "data", "pads", turn.Conversation.ToString())).Select(Path.GetFileName).ToList();
        Assert.Equal(2, folders.Count);
        Assert.All(folders, folder => Assert.Matches("^[a-z0-9_-]{4,49}$", folder));
        Assert.Equal(2, Directory.GetFiles(pads.Root, "cells.jsonl", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Names_that_differ_have_different_folders()
    {
        var conversation = Guid.NewGuid();
        string[] names = ["a/b", "a\\b", "a_b", "A_b", new('x', 40), new('x', 41), new('x', 42)];

        Assert.Equal(names.Length, names.Select(name => PadKey.From(conversation, name).Name).Distinct().Count());
        Assert.Equal("main", PadKey.From(conversation, " ").Name);
    }
}
