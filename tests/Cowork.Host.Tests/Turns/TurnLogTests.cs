using System.Text;
using Cowork.Host.Features.Turns.Log;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;

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

    static TurnLog Log() => new(Guid.Empty, 0, "", flusher: null);

    static async Task<byte[]> ReadAsync(TurnLog log, int from)
    {
        var all = new List<byte>();
        await foreach (var frames in log.ReadAsync(from, CancellationToken.None))
            all.AddRange(frames.Span);
        return [.. all];
    }
}
