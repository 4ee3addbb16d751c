using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Tests.Tools.Web;

/// <summary>A web server of this machine that answers as a test says.</summary>
sealed class WebServer : IAsyncDisposable
{
    readonly WebApplication _app;

    WebServer(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public static async Task<WebServer> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
