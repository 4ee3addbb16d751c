using System.Text;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Hosting;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Cowork.Host.Tests.Turns;

public sealed class TurnLogTests
{
    static readonly Gen<byte[][]> Frames = Gen.Byte[32, 126].Array[1, 300].Array[0, 400];

    [Fact]
    public Task A_replay_from_any_frame_is_the_rest_of_the_log() =>
        Gen.Select(Frames, Gen.Int[0, 450]).SampleAsync(async (frames, from) =>
        {
            var log = Log();
            foreach (var frame in frames)
                log.Append(frame);
            log.Close(TurnLogEnd.Completed);
            Assert.Equal(frames.Skip(from).SelectMany(f => f), await ReadAsync(log, from));
        });

    [Fact]
    public Task Readers_who_join_at_any_time_see_the_same_bytes() =>
        Gen.Select(Frames, Gen.Int[0, 400].Array[2, 6]).SampleAsync(
            async (frames, joins) =>
            {
                var log = Log();
                var readers = new List<Task<byte[]>>();
                for (var i = 0; i <= frames.Length; i++)
                {
                    readers.AddRange(joins.Where(j => j == i).Select(_ => Task.Run(() => ReadAsync(log, 0))));
                    if (i < frames.Length)
                        log.Append(frames[i]);
                }

                log.Close(TurnLogEnd.Completed);
                var whole = frames.SelectMany(f => f).ToArray();
                foreach (var reader in readers)
                    Assert.Equal(whole, await reader);
            },
            iter: 100);

    [Fact]
    public async Task A_reader_that_waits_wakes_for_each_frame_and_for_the_end()
    {
        var log = Log();
        await using var reader = log.ReadAsync(0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (var i = 0; i < 1000; i++)
        {
            var next = reader.MoveNextAsync();
            log.Append([(byte)i]);
            Assert.True(await next);
            Assert.Equal((byte)i, reader.Current.Span[^1]);
        }

        var last = reader.MoveNextAsync();
        log.Close(TurnLogEnd.Completed);
        Assert.False(await last);
    }

    [Fact]
    public void What_comes_after_the_end_is_ignored()
    {
        var log = Log();
        log.Append("a"u8);
        log.Close(TurnLogEnd.Cancelled);
        log.Append("b"u8);
        log.Close(TurnLogEnd.Completed);
        Assert.Equal(2, log.RecordCount);
        Assert.Equal(TurnLogEnd.Cancelled, log.End);
    }

    [Fact]
    public async Task What_the_file_holds_reads_back_as_the_same_frames()
    {
        var folder = Directory.CreateTempSubdirectory("cowork-log-").FullName;
        try
        {
            await Gen.Byte[0, 127].Array[1, 60].Array[0, 60].SampleAsync(
                async frames =>
                {
                    var path = Path.Combine(folder, Path.GetRandomFileName());
                    using var flusher = new TurnLogFlusher(TimeProvider.System, NullLogger<TurnLogFlusher>.Instance);
                    var log = new TurnLog(Guid.Empty, 0, path, flusher);
                    foreach (var frame in frames)
                        log.Append(frame);
                    log.Close(TurnLogEnd.Completed);
                    await log.WhenStored;
                    var read = TurnLogFile.Read(path);
                    Assert.Equal(frames, read.Frames);
                    Assert.Equal(TurnLogEnd.Completed, read.End);
                    Assert.Equal(frames.Length + 1, read.RecordCount);
                    Assert.Equal(frames.Length + 1, TurnLogFile.CountIfClosed(path));
                    for (var from = 0; from <= frames.Length; from += 7)
                        Assert.Equal(frames.Skip(from).SelectMany(f => f), (await ReadAsync(new StoredTurnLog(path), from)).AsSpan().ToArray()[..frames.Skip(from).Sum(f => f.Length)]);
                },
                iter: 30);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_line_that_a_crash_cut_off_is_left_out_and_the_file_can_be_closed()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "{\"seq\": 0, \"ts\": \"t\", \"type\": \"sse\", \"data\": {\"sse\": \"event: x\\ndata: {}\\n\\n\"}}\n{\"seq\": 1, \"ts\": \"t\", \"ty");
        var content = TurnLogFile.Read(path);
        Assert.Equal("event: x\ndata: {}\n\n", Encoding.UTF8.GetString(Assert.Single(content.Frames)));
        Assert.Null(TurnLogFile.CountIfClosed(path));

        TurnLogFile.Close(path, content.RecordCount, lastFrame: null, TurnLogEnd.Killed, DateTimeOffset.UnixEpoch);
        Assert.Equal(2, TurnLogFile.CountIfClosed(path));
        Assert.EndsWith("\n{\"seq\": 1, \"ts\": \"1970-01-01T00:00:00.000000+00:00\", \"type\": \"Interrupted\", \"data\": {\"reason\": \"restart\"}}\n", File.ReadAllText(path), StringComparison.Ordinal);
        File.Delete(path);
    }

    [Fact]
    public async Task A_log_longer_than_a_block_and_with_lines_longer_than_one_reads_back_from_any_frame()
    {
        var folder = Directory.CreateTempSubdirectory("cowork-log-").FullName;
        try
        {
            using var flusher = new TurnLogFlusher(TimeProvider.System, NullLogger<TurnLogFlusher>.Instance);
            var path = Path.Combine(folder, "turn_000000.jsonl");
            var log = new TurnLog(Guid.Empty, 0, path, flusher);
            var frames = Enumerable.Range(0, 40).Select(i => Encoding.ASCII.GetBytes($"event: {(i < 39 ? "x" : "response.completed")}\ndata: {new string((char)('a' + (i % 26)), i * i * 200)}\n\n")).ToList();
            foreach (var frame in frames)
                log.Append(frame);
            log.Close(TurnLogEnd.Completed);
            await log.WhenStored;
            for (var from = 0; from <= frames.Count + 1; from++)
                Assert.Equal(frames.Skip(from).SelectMany(f => f), await ReadAsync(new StoredTurnLog(path), from));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_log_whose_folder_could_not_be_made_is_whole_as_soon_as_it_can()
    {
        var folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        // A file where the folder has to be.
        await File.WriteAllTextAsync(folder, "", TestContext.Current.CancellationToken);
        try
        {
            using var flusher = new TurnLogFlusher(TimeProvider.System, NullLogger<TurnLogFlusher>.Instance);
            var path = Path.Combine(folder, "turn_000000.jsonl");
            var log = new TurnLog(Guid.Empty, 0, path, flusher);
            log.Append("a"u8);
            await log.FlushAsync();
            log.Append("b"u8);
            log.Close(TurnLogEnd.Completed);
            await log.FlushAsync();
            Assert.False(log.WhenStored.IsCompleted);

            File.Delete(folder);
            await log.WhenStored.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal(["a", "b"], TurnLogFile.Read(path).Frames.Select(Encoding.ASCII.GetString));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_log_that_nobody_wants_any_more_is_let_go_even_when_it_cannot_be_written()
    {
        var file = Path.GetTempFileName();
        using var flusher = new TurnLogFlusher(TimeProvider.System, NullLogger<TurnLogFlusher>.Instance);
        var log = new TurnLog(Guid.Empty, 0, Path.Combine(file, "turn_000000.jsonl"), flusher);
        log.Append("a"u8);
        await log.FlushAsync();
        log.Discard();
        await log.WhenStored.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        File.Delete(file);
    }

    [Fact]
    public async Task A_file_of_somebody_else_under_the_logs_name_is_put_aside()
    {
        var folder = Directory.CreateTempSubdirectory("cowork-log-").FullName;
        try
        {
            using var flusher = new TurnLogFlusher(TimeProvider.System, NullLogger<TurnLogFlusher>.Instance);
            var path = Path.Combine(folder, "turn_000000.jsonl");
            await File.WriteAllTextAsync(path, "theirs", TestContext.Current.CancellationToken);
            var log = new TurnLog(Guid.Empty, 0, path, flusher);
            log.Append("ours"u8);
            log.Close(TurnLogEnd.Completed);
            await log.WhenStored;
            Assert.Equal("ours"u8, Assert.Single(TurnLogFile.Read(path).Frames));
            Assert.Equal("theirs", await File.ReadAllTextAsync(Path.Combine(folder, "turn_000000.aside.jsonl"), TestContext.Current.CancellationToken));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_reader_of_a_silent_turn_gets_a_sign_of_life_every_fifteen_seconds()
    {
        var time = new FakeTimeProvider();
        using var flusher = new TurnLogFlusher(TimeProvider.System, NullLogger<TurnLogFlusher>.Instance);
        var folder = Directory.CreateTempSubdirectory("cowork-log-").FullName;
        using var logs = new TurnLogs(ServerOptions.Read(_ => null, folder), flusher, time);
        var id = Guid.NewGuid();
        var log = logs.Create(id, 0);
        await using var reader = (await logs.FindAsync(id, 0))!.ReadAsync(0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++)
        {
            var next = reader.MoveNextAsync().AsTask();
            time.Advance(TimeSpan.FromSeconds(14));
            Assert.False(next.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.True(reader.Current.IsEmpty);
        }

        log.Append("word"u8);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal("word"u8, reader.Current.Span);
        await logs.RemoveAsync(id);
        Directory.Delete(folder, recursive: true);
    }

    static TurnLog Log() => new(Guid.Empty, 0, "", flusher: null);

    static async Task<byte[]> ReadAsync(ITurnLogReader log, int from)
    {
        var all = new List<byte>();
        await foreach (var frames in log.ReadAsync(from, CancellationToken.None))
            all.AddRange(frames.Span);
        return [.. all];
    }
}
