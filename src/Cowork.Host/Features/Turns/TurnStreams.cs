using System.Globalization;
using System.IO.Pipelines;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>Sends a turn's log as server-sent events. A reader that goes away or stops reading costs the turn nothing.</summary>
[FeatureService]
sealed class TurnStreams(ITurnLogs logs, TurnService turns, ServerOptions options, TimeProvider time)
{
    /// <summary>The most that is handed over at once: a reader that is slow, but reads, takes so much within the limit.</summary>
    const int LargestPiece = 64 * 1024;

    static readonly byte[] Ping = [.. ": ping\n\n"u8];
    static readonly byte[] Queued = [.. ": queued\n\n"u8];

    /// <summary>Streams a turn from the beginning of its life, which may be a wait in the queue.</summary>
    public async Task FollowAsync(HttpContext http, Turn turn, int from)
    {
        try
        {
            // Nearly always it runs already, and nothing has to be asked.
            var log = turn.Status == TurnStatus.Queued ? null : await logs.FindAsync(turn.ConversationId, turn.Number);
            log ??= await WaitForLogAsync(http, turn.Id, from);
            if (log is not null)
                await WriteAsync(http, log, from);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The reader went away; the turn goes on.
        }
    }

    /// <summary>Replays from a frame on, then follows live until the end.</summary>
    public async Task WriteAsync(HttpContext http, ITurnLogReader log, int from)
    {
        Begin(http);
        if (HttpMethods.IsHead(http.Request.Method))
            return;
        try
        {
            await using var frames = log.ReadAsync(from, http.RequestAborted).GetAsyncEnumerator(CancellationToken.None);
            var next = frames.MoveNextAsync();
            // Without a frame to send at once the headers go alone: a turn may think for minutes before its next word.
            if (!next.IsCompleted)
                await http.Response.StartAsync(http.RequestAborted);
            while (await next && await SendAsync(http, frames.Current.IsEmpty ? Ping : frames.Current))
                next = frames.MoveNextAsync();
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The reader went away; the turn goes on.
        }
    }

    /// <summary>Where a reconnecting reader goes on: after the last frame it saw.</summary>
    public static int ResumeFrom(HttpRequest request, int from) =>
        long.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? (int)Math.Min(Math.Max(from, last + 1), int.MaxValue) : from;

    /// <returns>Null when the turn will have no log; the reader has been told by then.</returns>
    async Task<ITurnLogReader?> WaitForLogAsync(HttpContext http, Guid turnId, int from)
    {
        using var notices = turns.Watch(turnId);
        while (true)
        {
            var turn = turns.Find(turnId);
            if (turn?.StartedAt is not null && await logs.FindAsync(turn.ConversationId, turn.Number) is { } log)
                return log;
            Begin(http);
            if (EndWithoutLog(turn) is { } outcome)
            {
                if (from == 0)
                    await SendAsync(http, FrameBytes.FailedEnd(0, time.GetUtcNow().ToUnixTimeMilliseconds(), outcome));
                return null;
            }

            if (HttpMethods.IsHead(http.Request.Method))
                return null;
            await SendAsync(http, Queued);
            await turns.WaitForNewsAsync(notices, ITurnLogReader.IdleInterval, http.RequestAborted);
        }
    }

    /// <summary>How the stream of a turn without a log ends; null while the turn may still get one.</summary>
    TurnOutcome? EndWithoutLog(Turn? turn) => turn switch
    {
        null => TurnOutcome.Deleted,
        { Status: TurnStatus.Queued or TurnStatus.Running } => turns.IsStopping ? TurnOutcome.Waits : null,
        { StartedAt: null } => TurnOutcome.Of(turn),
        _ => throw ApiException.NotFound("log_gone", "The stream of this turn is no longer kept. Read the conversation's items instead."),
    };

    /// <returns>False when the reader is gone, or has not taken anything for so long that it was given up.</returns>
    async ValueTask<bool> SendAsync(HttpContext http, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, LargestPiece)];
            bytes = bytes[piece.Length..];
            var write = http.Response.BodyWriter.WriteAsync(piece, http.RequestAborted);
            FlushResult flushed;
            try
            {
                // At once while the reader keeps up; only one that does not costs a timer.
                flushed = write.IsCompleted ? await write : await write.AsTask().WaitAsync(options.StreamStallLimit, time, http.RequestAborted);
            }
            catch (TimeoutException)
            {
                http.Abort();
                return false;
            }

            if (flushed.IsCompleted)
                return false;
        }

        return true;
    }

    static void Begin(HttpContext http)
    {
        if (http.Response.HasStarted)
            return;
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers["X-Accel-Buffering"] = "no";
    }
}
