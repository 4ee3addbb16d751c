using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Hosting;
using Cowork.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Host.Tests.Turns;

/// <summary>What streams need over time: old ones go, silent ones are kept alive, readers that do not read are dropped.</summary>
public sealed class StreamUpkeepTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Streams_are_kept_as_long_as_the_setting_says()
    {
        var clock = new ShiftedClock();
        await using var host = await HostUnderTest.StartAsync(new() { ["COWORK_STREAM_KEEP_DAYS"] = "3" }, b => b.Services.AddSingleton<TimeProvider>(clock));
        var conversation = Guid.NewGuid();
        await host.SendAsync(HttpMethod.Post, "responses", new JsonObject { ["input"] = "hello", ["harness"] = "echo", ["conversation"] = $"{conversation}" });
        var folder = Path.Combine(host.Home, ".cowork", "streams", $"{conversation}");
        await Eventually.TrueAsync(() => Task.FromResult(TurnLogFile.LastNumber(Path.GetDirectoryName(folder)!, conversation) == 0 && TurnLogFile.CountIfClosed(Path.Combine(folder, "turn_000000.jsonl")) > 0), Ct);
        clock.Offset = TimeSpan.FromDays(2.9);
        await SweepAsync(host);
        Assert.True(Directory.Exists(folder));
        clock.Offset = TimeSpan.FromDays(3.1);
        // A file that is still being written stays.
        await Eventually.TrueAsync(
            async () =>
            {
                await SweepAsync(host);
                return !Directory.Exists(folder);
            },
            Ct);
    }

    [Fact]
    public async Task A_reader_that_stops_reading_is_dropped()
    {
        var dropped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Whoever has to wait for a reader gives up at once, instead of after half a minute.
        var clock = new ShiftedClock { Skipped = new HashSet<TimeSpan> { TimeSpan.FromSeconds(30) } };
        await using var host = await HostUnderTest.StartWithScriptsAsync(configure: b =>
        {
            b.Services.AddSingleton<TimeProvider>(clock);
            b.Services.AddSingleton<IStartupFilter>(new Watch(http => http.RequestAborted.Register(() => dropped.TrySetResult())));
        });
        var conversation = Guid.NewGuid();
        // More than the system buffers for one connection.
        await host.RunScriptAsync($"spell|60000|{new string('x', 6_000_000)}", conversation);

        using var stalled = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await stalled.ConnectAsync(host.Http.BaseAddress!.Host, host.Http.BaseAddress.Port, Ct);
        await stalled.SendAsync(Encoding.ASCII.GetBytes($"GET /api/v1/responses/tail?conversation_id={conversation}&stall=1 HTTP/1.1\r\nHost: {host.Http.BaseAddress.Authority}\r\n\r\n"), Ct);
        await dropped.Task.WaitAsync(TimeSpan.FromSeconds(60), Ct);
    }

    static Task SweepAsync(HostUnderTest host) => host.Services.GetServices<IRecurringWork>().OfType<TurnLogSweep>().Single().RunAsync(Ct);

    /// <summary>Shows the requests that stall.</summary>
    sealed class Watch(Action<HttpContext> seen) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, rest) =>
            {
                if (http.Request.Query.ContainsKey("stall"))
                    seen(http);
                return rest(http);
            });
            next(app);
        };
    }
}
