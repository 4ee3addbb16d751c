using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Puts walls around the endpoints of a plugin.</summary>
static class PluginEndpoints
{
    /// <summary>Where the endpoints of all plugins live.</summary>
    public const string Prefix = "/api/v1/ext";

    /// <summary>Collects the endpoints that a plugin maps.</summary>
    public static IReadOnlyList<RouteEndpoint> Map(string plugin, IEnumerable<Action<IEndpointRouteBuilder>> maps, IServiceProvider services)
    {
        var routes = new PluginRouteBuilder(services);
        var group = routes.MapGroup($"{Prefix}/{plugin}");
        foreach (var map in maps)
            map(group);
        return [.. routes.DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()];
    }

    /// <summary>Method and route.</summary>
    public static string Describe(RouteEndpoint endpoint) =>
        $"{string.Join(',', endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"])} {endpoint.RoutePattern.RawText}";

    /// <summary>
    /// Runs the routing of the host over these endpoints alone. A route that its tables cannot be built with, for example
    /// with an unknown constraint, would otherwise break the routing of the whole server, for good.
    /// </summary>
    public static async Task ProveAsync(IReadOnlyList<RouteEndpoint> endpoints, IServiceProvider host)
    {
        if (endpoints.Count == 0)
            return;
        // A container of its own, because what routing builds is never let go by the container that it comes from.
        await using var services = new ServiceCollection()
            .AddSingleton(host.GetRequiredService<ILoggerFactory>())
            .AddLogging()
            .AddSingleton(new DiagnosticListener(nameof(PluginEndpoints)))
            .AddRoutingCore()
            .Configure<RouteOptions>(o => o.ConstraintMap = host.GetRequiredService<IOptions<RouteOptions>>().Value.ConstraintMap)
            .BuildServiceProvider();
        var trial = new PluginRouteBuilder(services);
        trial.DataSources.Add(new DefaultEndpointDataSource(endpoints));
        var app = new ApplicationBuilder(services);
        // The name under which WebApplication hands its own route builder to UseRouting.
        app.Properties["__GlobalEndpointRouteBuilder"] = trial;
        app.UseRouting();
        await app.Build()(new DefaultHttpContext { RequestServices = services });
    }

    /// <summary>Wraps an endpoint: it holds a lease, resolves from the plugin's container, and its failures stay with the plugin.</summary>
    public static RouteEndpoint Guard(RouteEndpoint endpoint, PluginGeneration plugin, ILogger log)
    {
        var inner = endpoint.RequestDelegate!;
        // An idle connection remembers the endpoint of its last request; it must not keep the plugin alive.
        var route = endpoint.Metadata.GetMetadata<IRouteDiagnosticsMetadata>();
        var left = new RouteEndpoint(static _ => Task.CompletedTask, endpoint.RoutePattern, 0, route is null ? null : new(route), endpoint.DisplayName);
        return new RouteEndpoint(Run, endpoint.RoutePattern, endpoint.Order, endpoint.Metadata, endpoint.DisplayName);

        async Task Run(HttpContext http)
        {
            if (!plugin.TryEnter())
            {
                http.Response.Headers.RetryAfter = "1";
                await PluginProblems.WriteAsync(http, PluginProblems.Replaced);
                return;
            }

            var outer = http.Features.Get<IServiceProvidersFeature>();
            try
            {
                await using var expired = plugin.Expired.UnsafeRegister(static state => ((HttpContext)state!).Abort(), http);
                await using var scope = plugin.CreateScope();
                http.Features.Set<IServiceProvidersFeature>(new ServiceProvidersFeature { RequestServices = scope.ServiceProvider });
                await inner(http);
            }
            catch (Exception e) when (e is not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested)
            {
                log.EndpointFailed(e, plugin.Name, http.Request.Method, endpoint.RoutePattern.RawText);
                await FailAsync(http);
            }
            catch (Exception) when (http.RequestAborted.IsCancellationRequested)
            {
                // Nobody is left to answer.
            }
            finally
            {
                http.Features.Set(outer);
                http.SetEndpoint(left);
                plugin.Exit();
            }
        }
    }

    static async Task FailAsync(HttpContext http)
    {
        if (http.Response.HasStarted)
        {
            // The client must not take the part that it has for the whole.
            http.Abort();
            return;
        }

        http.Response.Clear();
        await PluginProblems.WriteAsync(http, PluginProblems.Failed);
    }
}
