using System.Collections.Concurrent;
using Cowork.Abstractions;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Testing;

/// <summary>A plugin with its container, as the server would set it up, and folders of its own.</summary>
sealed class PluginUnderTest : IAsyncDisposable
{
    readonly CapturedLog _log = new();
    readonly ServiceProvider _host;
    readonly ServiceProvider _services;
    readonly PluginBuilder _builder;

    public PluginUnderTest(ICoworkPlugin plugin, IReadOnlyDictionary<string, string> settings, string secret, Action<IServiceCollection> replace)
    {
        Root = Directory.CreateTempSubdirectory("cowork-conformance-").FullName;
        var source = new FixedSettings(settings, secret);
        _host = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log))
            .AddHttpClient()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IPluginSettingsSource>(source)
            .BuildServiceProvider();
        var type = plugin.GetType();
        _builder = new(new(plugin.Name, "1.0.0", Path.GetDirectoryName(type.Assembly.Location)!, Folder("data")));
        plugin.Configure(_builder);
        PluginDeclarations.Check(_builder, source);
        replace(_builder.Services);
        _services = PluginContainer.Build(_builder, _host);
        Services = new(_services);
    }

    public string Root { get; }

    public IReadOnlyList<HarnessDescriptor> Harnesses => [.. _builder.Harnesses.Select(h => h.Descriptor)];

    /// <summary>Everything that was logged, exceptions included.</summary>
    public string Log => string.Join('\n', _log.Lines);

    public IHarness Harness(string id) => (IHarness)_services.GetRequiredService(_builder.Harnesses.Single(h => h.Descriptor.Id == id).Implementation);

    public void CreateHarnesses()
    {
        foreach (var harness in Harnesses)
            Harness(harness.Id);
    }

    public IReadOnlyList<DeclaredJob> Jobs => _builder.Jobs;

    public ServicesUnderTest Services { get; }

    public bool HasServices => _builder.Services.Any(s => s.ServiceType == typeof(IHostedService));

    public bool HasEndpoints => _builder.Endpoints.Count > 0;

    public void CreateJobs()
    {
        using var scope = _services.CreateScope();
        foreach (var job in Jobs)
            scope.ServiceProvider.GetRequiredService(job.Implementation);
    }

    /// <summary>Runs a job once.</summary>
    public async Task RunAsync(DeclaredJob job, CancellationToken ct)
    {
        await using var scope = _services.CreateAsyncScope();
        await ((IPluginJob)scope.ServiceProvider.GetRequiredService(job.Implementation)).RunAsync(ct);
    }

    public Task<EndpointsUnderTest> ServeAsync() => EndpointsUnderTest.StartAsync(_builder.Context.Name, _builder.Endpoints, _services);

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _host.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    sealed class FixedSettings(IReadOnlyDictionary<string, string> values, string secret) : IPluginSettingsSource
    {
        // What the server declares itself is not known here; nothing that a plugin declares is taken.
        public bool IsReserved(string key) => false;

        public string? Get(string key) => values.GetValueOrDefault(key);

        public Secret? GetSecret(string key) => new(secret);
    }

    sealed class CapturedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
