using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Coravel;
using Cowork.Abstractions;
using Cowork.Host.Features.Plugins;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cowork.Plugins.Tests;

/// <summary>The plugin platform in a real web server on a port of its own, over folders that a test may write to.</summary>
sealed class PluginServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly KeptLog _log;

    PluginServer(WebApplication app, KeptLog log, HttpClient http)
    {
        _app = app;
        _log = log;
        Http = http;
    }

    public HttpClient Http { get; }

    /// <summary>What was logged so far.</summary>
    public IReadOnlyList<string> Log => [.. _log.Lines];

    public PluginRegistry Registry => _app.Services.GetRequiredService<PluginRegistry>();

    public static async Task<PluginServer> StartAsync(PluginFolders folders, Func<PluginRoots, PluginRoots>? change = null, TimeProvider? time = null)
    {
        // Watches of files that there are none of would use up what the machine allows a user.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        var log = new KeptLog();
        builder.Logging.ClearProviders().AddProvider(log).AddFilter("Cowork", LogLevel.Debug);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (time is not null)
            builder.Services.AddSingleton(time);
        builder.Services.AddHttpClient();
        builder.Services.AddSingleton<IPluginSettingsSource>(new FixedSettings());
        builder.Services.AddScheduler();
        builder.Services.AddSingleton<IRecurringWork, PluginJobClock>();
        builder.Services.AddPluginPlatform((change ?? (r => r))(folders.Roots));
        var app = builder.Build();
        RecurringWork.Schedule(app.Services);
        app.MapPlugins();
        new PluginsEndpoints().Map(app.MapGroup("/api/v1"));
        app.MapGet("/health", () => "ok");
        await app.StartAsync();
        return new(app, log, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });
    }

    /// <summary>What the scheduler does every second.</summary>
    public Task TickAsync() => _app.Services.GetRequiredService<IRecurringWork>().RunAsync(CancellationToken.None);

    public async Task<JsonElement> PluginsAsync() => await Http.GetFromJsonAsync<JsonElement>("/api/v1/plugins");

    /// <summary>The entry of the plugin that is not superseded, if there is one.</summary>
    public async Task<JsonElement?> PluginAsync(string name)
    {
        var entries = (await PluginsAsync()).GetProperty("plugins").EnumerateArray().Where(p => p.GetProperty("name").GetString() == name).ToList();
        return entries.Count == 0 ? null : entries.OrderBy(e => e.GetProperty("state").GetString() == "superseded").First();
    }

    public Task<string> VersionAsync() => Http.GetStringAsync("/api/v1/ext/Cowork.Test.Reference/version");

    public Task BecomesAsync(string name, string state) =>
        EventuallyAsync(async () => (await PluginAsync(name))?.GetProperty("state").GetString() == state, $"{name} becomes {state}");

    public Task ServesAsync(string version) => EventuallyAsync(
        async () => await Http.GetAsync("/api/v1/ext/Cowork.Test.Reference/version") is { IsSuccessStatusCode: true } r && await r.Content.ReadAsStringAsync() == version,
        $"version {version} serves");

    /// <summary>Everything that was replaced or removed has left the memory.</summary>
    public Task NothingRetiredStaysAsync() =>
        EventuallyAsync(async () => (await PluginsAsync()).GetProperty("retired_alive").GetInt32() == 0, "nothing retired stays in memory");

    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            Assert.False(patience.IsCancellationRequested, $"Waited in vain until {what}.");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Keeps lines, not exceptions: they would keep the plugin that they come from.</summary>
    sealed class KeptLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    sealed class FixedSettings : IPluginSettingsSource
    {
        public bool IsReserved(string key) => key == "harness";

        public string? Get(string key) => null;

        public Secret? GetSecret(string key) => new("canary");
    }
}
