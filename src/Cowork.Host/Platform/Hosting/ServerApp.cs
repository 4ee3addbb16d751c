using Coravel;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Turns;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Diagnostics;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Plugins;
using Cowork.Host.Platform.Secrets;
using Serilog;

namespace Cowork.Host.Platform.Hosting;

/// <summary>Puts the server together: the same for the executable and for tests.</summary>
static class ServerApp
{
    /// <summary>Fits the desktop app, which kills what has not ended three seconds after it asked.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2.5);

    /// <summary>Connections that may wait to be accepted. A client beyond them would wait a second for TCP's second try.</summary>
    const int ConnectionBacklog = 4096;

    /// <summary>Builds the server without starting it.</summary>
    /// <param name="options">What the environment says.</param>
    /// <param name="configure">Changes for tests.</param>
    public static WebApplication Build(ServerOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(ServerApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            // There are no such files, and a watch costs a thread and one of the few inotify instances that a user may have.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.WebHost.UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseSockets(sockets => sockets.Backlog = ConnectionBacklog);
        builder.Logging.ClearProviders();
        builder.Services.AddSerilog(Logging.Create(options.Log), dispose: true);
        AddServices(builder.Services, options);
        configure?.Invoke(builder);

        var app = builder.Build();
        // Made first, so that it is let go last, when everything else is closed.
        app.Services.GetRequiredService<DataLock>();
        app.UseMiddleware<ProblemDetailsMiddleware>();
        app.UseMiddleware<OriginGuard>();
        var api = app.MapGroup("/api/v1");
        api.WithHead();
        foreach (var endpoints in app.Services.GetServices<IEndpoints>())
            endpoints.Map(api);
        app.MapPlugins();
        if (!options.ServesOneCall)
            RecurringWork.Schedule(app.Services);
        return app;
    }

    static void AddServices(IServiceCollection services, ServerOptions options)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddHttpClient(ProviderHttp.ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null });
        services.AddScheduler();
        services.AddSingleton<DataLock>();
        services.AddSingleton<Database>();
        services.AddSingleton<Schema>();
        services.AddSingleton<SecretBox>();
        services.AddSingleton<ILeases, InProcessLeases>();
        services.AddSingleton<IRunBus, InProcessRunBus>();
        services.AddSingleton<TurnLogFlusher>();
        services.AddSingleton<TurnLogs>();
        services.AddSingleton<ITurnLogs>(provider => provider.GetRequiredService<TurnLogs>());
        services.AddPluginPlatform(PluginRoots.Under(options.DataRoot, options.ShippedPlugins, options.UserPlugins) with { DrainDeadline = options.PluginDrain });
        services.AddSingleton<IPluginSettingsSource, PluginSettingsSource>();

        // Features are found, not listed: routes and recurring work by what they implement, services by [FeatureService].
        services.Scan(scan => scan.FromTypes(FeatureTypes.Of(typeof(ServerApp).Assembly))
            .AddClasses(classes => classes.AssignableTo<IEndpoints>(), publicOnly: false).As<IEndpoints>().WithSingletonLifetime()
            .AddClasses(classes => classes.AssignableTo<BackgroundService>().InNamespaces("Cowork.Host.Features"), publicOnly: false).As<IHostedService>().WithSingletonLifetime()
            .AddClasses(classes => classes.AssignableTo<IRecurringWork>(), publicOnly: false).As<IRecurringWork>().WithSingletonLifetime()
            .AddClasses(classes => classes.WithAttribute<FeatureServiceAttribute>(), publicOnly: false).AsSelf().WithSingletonLifetime());
        services.AddHostedService<StartUp>();
    }
}
