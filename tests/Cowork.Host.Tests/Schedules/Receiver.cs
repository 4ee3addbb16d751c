using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cowork.Host.Tests.Schedules;

/// <summary>Somebody else's server, which is told things.</summary>
sealed class Receiver : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    readonly WebApplication _app;
    readonly Channel<Told> _told = Channel.CreateUnbounded<Told>();

    Receiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <param name="answer">What it answers to the first, second … request.</param>
    public static async Task<Receiver> StartAsync(Func<int, IResult> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new Receiver(builder.Build());
        var count = 0;
        receiver._app.Run(async http =>
        {
            using var body = new StreamReader(http.Request.Body);
            var headers = http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            await receiver._told.Writer.WriteAsync(new(http.Request.Path, headers, await body.ReadToEndAsync(http.RequestAborted)));
            await answer(Interlocked.Increment(ref count)).ExecuteAsync(http);
        });
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>The next thing that it is told.</summary>
    public async Task<Told> NextAsync() =>
        await _told.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>One thing that it was told.</summary>
/// <param name="Path">Where.</param>
/// <param name="Headers">By their names in any case.</param>
/// <param name="Text">The body as it came.</param>
sealed record Told(string Path, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonNode Body => JsonNode.Parse(Text)!;
}
