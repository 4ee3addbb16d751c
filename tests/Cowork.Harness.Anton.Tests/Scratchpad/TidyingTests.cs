using System.Globalization;
using Cowork.Harness.Anton.Scratchpad;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

/// <summary>What goes away, from the disk and from memory.</summary>
public sealed class TidyingTests
{
    [Fact]
    public async Task What_nobody_has_used_for_a_month_is_deleted()
    {
        await using var pads = PadsUnderTest.Start();
        var old = Directory.CreateDirectory(Path.Combine(pads.Root, "data", "pads", Guid.NewGuid().ToString(), "main")).FullName;
        var recent = Directory.CreateDirectory(Path.Combine(pads.Root, "data", "pads", Guid.NewGuid().ToString(), "main")).FullName;
        foreach (var (folder, age) in new[] { (old, 31), (recent, 29) })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "state.pkl"), "", TestContext.Current.CancellationToken);
            foreach (var path in new[] { Path.Combine(folder, "state.pkl"), Path.GetDirectoryName(folder)! })
                File.SetLastWriteTimeUtc(path, pads.Time.GetUtcNow().UtcDateTime.AddDays(-age));
        }

        await pads.UpkeepAsync();

        Assert.False(Directory.Exists(Path.GetDirectoryName(old)));
        Assert.True(Directory.Exists(recent));
    }

    [Fact]
    public async Task Of_a_deleted_conversation_no_pad_is_left()
    {
        await using var pads = PadsUnderTest.Start();
        var (turn, other) = (pads.Turn(), pads.Turn());
        await turn.ExecAsync("secret = 41");
        await turn.ExecAsync("secret = 42", pad: "second");
        await other.ExecAsync("x = 1");
        var root = Path.Combine(pads.Root, "data", "pads");

        await pads.Pool.ForgetAsync(turn.Conversation, TestContext.Current.CancellationToken);
        await pads.Pool.ForgetAsync(Guid.NewGuid(), TestContext.Current.CancellationToken);

        Assert.Equal([other.Conversation.ToString()], Directory.GetDirectories(root).Select(Path.GetFileName));
        Assert.Equal(1, pads.Pool.Alive);
        Assert.Equal("False", (await turn.ExecAsync("print('secret' in globals())")).Printed());
        Assert.Equal("1", (await other.ExecAsync("print(x)")).Printed());
    }

    [Fact]
    public async Task Two_hundred_cells_keep_neither_their_output_nor_their_garbage_in_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The memory of a process is read from /proc.");
        const long Megabyte = 1024 * 1024;
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        // A megabyte of output, and one of a variable that the next cell replaces: 200 of each if they stayed.
        const string Cell = "data = bytearray(1024 * 1024)\nprint('x' * 1024 * 1024)";
        for (var i = 0; i < 20; i++)
            await turn.ExecAsync(Cell);
        var (child, server) = (await ResidentAsync(), GC.GetTotalMemory(forceFullCollection: true));

        for (var i = 0; i < 180; i++)
            await turn.ExecAsync(Cell);

        Assert.InRange(await ResidentAsync() - child, long.MinValue, 30 * Megabyte);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - server, long.MinValue, 90 * Megabyte);

        async Task<long> ResidentAsync() => 1024 * long.Parse(
            (await turn.ExecAsync("print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')))")).Printed(),
            CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Two_hundred_cells_leave_fifty_behind()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        for (var i = 1; i <= 200; i++)
            await turn.ExecAsync($"print('cell', {i})\n'{new string('x', 30_000)}'");

        var log = Assert.Single(Directory.GetFiles(Path.Combine(pads.Root, "data", "pads"), "cells.jsonl", SearchOption.AllDirectories));
        Assert.InRange(File.ReadLines(log).Count(), CellLog.Kept, 2 * CellLog.Kept);
        var cells = CellLog.Load(Path.GetDirectoryName(log)!).Cells;
        Assert.Equal(Enumerable.Range(151, 50), cells.Select(cell => cell.Number));
        Assert.All(cells, cell => Assert.InRange(cell.Code.Length, 1, 20_100));
        Assert.Equal("50", (await turn.ExecAsync("import linecache\nprint(len([name for name in linecache.cache if name.startswith('<cell ')]))")).Printed());
    }
}
