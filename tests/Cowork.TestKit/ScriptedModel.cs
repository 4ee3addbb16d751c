using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cowork.TestKit;

/// <summary>
/// A language model on the loopback interface that does what its script says. It speaks <c>POST …/chat/completions</c>
/// and <c>POST …/messages</c>, streaming and not, and <c>GET …/models</c>.
/// </summary>
/// <remarks>
/// What it answers is decided by the first of: a reply that the test has queued with <see cref="Reply"/>; the directives
/// in the last user message (see <see cref="Directives"/>); an echo of that message.
/// </remarks>
public sealed class ScriptedModel : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<Func<HttpContext, Task>> _replies = new();
    readonly ConcurrentQueue<ReceivedRequest> _requests = new();

    ScriptedModel(WebApplication app) => _app = app;

    /// <summary>The base URL for a client's settings, version part included.</summary>
    public Uri BaseUrl { get; private set; } = new("http://127.0.0.1/v1");

    /// <summary>All requests for an answer, oldest first.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    /// <summary>Starts a model on a free port.</summary>
    public static async Task<ScriptedModel> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        // A thousand turns that begin at once call it at once; what the queue does not hold waits a second for TCP's second try.
        builder.WebHost.UseSockets(sockets => sockets.Backlog = 4096);
        var app = builder.Build();
        var model = new ScriptedModel(app);
        app.Run(model.AnswerAsync);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        model.BaseUrl = new($"{address}/v1");
        return model;
    }

    /// <summary>Queues an answer of the test's own for the next request; see <see cref="Replies"/> for common ones.</summary>
    /// <returns>The same model.</returns>
    public ScriptedModel Reply(Func<HttpContext, Task> reply)
    {
        _replies.Enqueue(reply);
        return this;
    }

    /// <summary>Forgets requests and queued replies.</summary>
    public void Clear()
    {
        _replies.Clear();
        _requests.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Hanging answers are cut at once: nobody waits for them any more.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.TrimEnd('/');
        if (HttpMethods.IsGet(http.Request.Method) && path.EndsWith("/models", StringComparison.Ordinal))
        {
            await Replies.Json("""{"object":"list","data":[{"id":"fake-planner","object":"model"},{"id":"fake-coder","object":"model"}]}""")(http);
            return;
        }

        using var document = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        var request = new ReceivedRequest(path, http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), document.RootElement.Clone());
        http.RequestAborted.Register(request.OnGone);
        _requests.Enqueue(request);

        var reply = _replies.TryDequeue(out var scripted) ? scripted : Directives.Of(request.Body).ReplyTo(path, request.Body);
        await reply(http);
    }
}

/// <summary>A request that a <see cref="ScriptedModel"/> got.</summary>
/// <param name="Path">Path without query and trailing slash.</param>
/// <param name="Headers">Its headers; names ignore case.</param>
/// <param name="Body">Its JSON.</param>
public sealed record ReceivedRequest(string Path, IReadOnlyDictionary<string, string> Headers, JsonElement Body)
{
    readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the client hangs up before its answer is complete.</summary>
    public Task ClientGone => _gone.Task;

    internal void OnGone() => _gone.TrySetResult();
}
