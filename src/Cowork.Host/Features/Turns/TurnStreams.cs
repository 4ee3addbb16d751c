using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>Sends a turn's log as server-sent events. A reader that goes away or stops reading costs the turn nothing.</summary>
[FeatureService]
sealed class TurnStreams(TurnLogs logs, TurnService turns)
{
    static ReadOnlySpan<byte> Ping => ": ping\n\n"u8;

    /// <summary>Streams a turn from the beginning of its life, which may be a wait in the queue.</summary>
    public async Task FollowAsync(HttpContext http, Turn turn, int from)
    {
        var ct = http.RequestAborted;
        while (turn.Status == TurnStatus.Queued)
        {
            Begin(http);
            http.Response.BodyWriter.Write(": queued\n\n"u8);
            await http.Response.BodyWriter.FlushAsync(ct);
            if (await turns.WaitForStartAsync(turn, TurnLogs.IdleInterval, ct) is not { } later)
                return;
            turn = later;
        }

        var log = logs.Find(turn.ConversationId, turn.Number)
            ?? throw ApiException.NotFound("log_gone", "The stream of this turn is no longer kept. Read the conversation's items instead.");
        await WriteAsync(http, log, from);
    }

    /// <summary>Replays from a frame on, then follows live until the end.</summary>
    public static async Task WriteAsync(HttpContext http, ITurnLog log, int from)
    {
        Begin(http);
        var output = http.Response.BodyWriter;
        var ct = http.RequestAborted;
        try
        {
            // Without a frame to send at once the headers go alone: a turn may think for minutes before its next word.
            if (log.RecordCount <= from)
                await http.Response.StartAsync(ct);
            await foreach (var frames in log.ReadAsync(from, ct))
            {
                var flushed = frames.IsEmpty ? await PingAsync(output, ct) : await output.WriteAsync(frames, ct);
                if (flushed.IsCompleted)
                    return;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The reader went away; the turn goes on.
        }
    }

    /// <summary>Where a reconnecting reader goes on: after the last frame it saw.</summary>
    public static int ResumeFrom(HttpRequest request, int from) =>
        int.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? Math.Max(from, last + 1) : from;

    static ValueTask<FlushResult> PingAsync(PipeWriter output, CancellationToken ct)
    {
        output.Write(Ping);
        return output.FlushAsync(ct);
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
