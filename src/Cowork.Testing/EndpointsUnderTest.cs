using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Cowork.Testing;

/// <summary>The endpoints of a plugin behind a real web server on a free port, each request with a scope of the plugin's container.</summary>
sealed class EndpointsUnderTest : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<string> _failures = new();
    int _requests;

    EndpointsUnderTest(WebApplication app) => _app = app;

    /// <summary>Asks below the prefix of the plugin.</summary>
    public HttpClient Http { get; } = new();

    public bool WasAsked => _requests > 0;

    /// <summary>Every request that an endpoint answered with an exception.</summary>
    public IEnumerable<string> Failures => _failures;

    public static async Task<EndpointsUnderTest> StartAsync(string plugin, IEnumerable<Action<IEndpointRouteBuilder>> maps, IServiceProvider services)
    {
        // Empty: a server for tests reads no configuration and logs nothing.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var served = new EndpointsUnderTest(builder.Build());
        await served.StartAsync(new Routes(services), $"/api/v1/ext/{plugin}", maps, services);
        return served;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    async Task StartAsync(Routes routes, string prefix, IEnumerable<Action<IEndpointRouteBuilder>> maps, IServiceProvider services)
    {
        var group = routes.MapGroup(prefix);
        foreach (var map in maps)
            map(group);
        foreach (var endpoints in routes.DataSources)
            ((IEndpointRouteBuilder)_app).DataSources.Add(endpoints);
        _app.Use(next => http => AnswerAsync(http, next, services));
        _app.UseRouting();
        _app.UseEndpoints(_ => { });
        await _app.StartAsync();
        Http.BaseAddress = new($"{_app.Urls.Single()}{prefix}/");
    }

    async Task AnswerAsync(HttpContext http, RequestDelegate next, IServiceProvider services)
    {
        Interlocked.Increment(ref _requests);
        await using var scope = services.CreateAsyncScope();
        http.Features.Set<IServiceProvidersFeature>(new ServiceProvidersFeature { RequestServices = scope.ServiceProvider });
        try
        {
            await next(http);
        }
        catch (Exception e) when (e is not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested)
        {
            _failures.Enqueue($"{http.Request.Method} {http.Request.Path}: {e.Message}");
            http.Abort();
        }
    }

    sealed class Routes(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider { get; } = services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(ServiceProvider);
    }
}
