using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cowork.Test;

/// <summary>Uses everything that the contract offers, and must be collected all the same.</summary>
public sealed class ReferencePlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Reference";

    public void Configure(IPluginBuilder plugin)
    {
        plugin.Services.AddSingleton<Greeter>();
        plugin.Services.AddScoped<PerRequest>();
        plugin.Services.AddHostedService<Heart>();
        plugin
            .AddHarness<ReferenceHarness>(new() { Id = "reference", Label = "Reference", RequiredSettings = ["reference_greeting"] })
            .AddSetting(new() { Key = "reference_greeting", Label = "Greeting", Default = "hello" })
            .AddSetting(new() { Key = "reference_mood", Label = "Mood", Kind = SettingKind.Choice, Options = ["good", "bad"], Default = "good" })
            .AddSetting(new() { Key = "reference_key", Label = "Key", Kind = SettingKind.Secret })
            .AddJob<Pulse>(new() { Id = "pulse", Description = "Shows that it lives.", Every = TimeSpan.FromSeconds(1), RunAtStart = true })
            .AddJob<Pulse>(new() { Id = "nightly", Cron = "30 4 * * *" })
            .AddJob<Pulse>(new() { Id = "hourly", Every = TimeSpan.FromHours(1) })
            .MapEndpoints(Map);
    }

    static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("version", (PluginContext plugin) => plugin.Version);
        routes.MapPost("greet", (Person person, Greeter greeter, PerRequest request) => new Greeting(greeter.Greet(person.Name), request.Number));
        routes.MapGet("fetch", async (Uri url, IHttpClientFactory clients, CancellationToken ct) => await clients.CreateClient().GetStringAsync(url, ct));
        routes.MapGet("secret", (IPluginSettings settings) => settings.GetSecret("reference_key")?.ToString() ?? "none");
        routes.MapGet("throw", string () => throw new InvalidOperationException("The reference plugin was asked to fail."));
        routes.MapGet("hold", HoldAsync);
        routes.MapGet("stream", StreamAsync);
    }

    /// <summary>One line every 25 ms for ten seconds.</summary>
    static async Task StreamAsync(PluginContext plugin, HttpContext http, CancellationToken ct)
    {
        for (var line = 0; line < 400; line++)
        {
            await http.Response.WriteAsync(plugin.Version + '\n', ct);
            await http.Response.Body.FlushAsync(ct);
            await Task.Delay(25, ct);
        }

        await http.Response.WriteAsync("end\n", ct);
    }

    /// <summary>Answers when the file "release" exists.</summary>
    static async Task HoldAsync(PluginContext plugin, HttpContext http, CancellationToken ct)
    {
        await http.Response.Body.FlushAsync(ct);
        while (!File.Exists(Path.Combine(plugin.DataDirectory, "release")))
            await Task.Delay(10, ct);
        await http.Response.WriteAsync(plugin.Version, ct);
    }
}

public sealed record Person(string Name);

public sealed record Greeting(string Text, int Number);

sealed class Greeter(IPluginSettings settings)
{
    public string Greet(string name) => $"{settings.Get("reference_greeting")} {name}";
}

sealed class PerRequest : IAsyncDisposable
{
    static int _count;

    public int Number { get; } = Interlocked.Increment(ref _count);

    public ValueTask DisposeAsync() => default;
}

/// <summary>Keeps a file named "alive" while it runs, and writes down when it starts and stops; a file asks it to resist its end.</summary>
sealed class Heart(PluginContext plugin) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await WriteAsync("starts");
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        while (Asked("heart-lingers"))
            await Task.Delay(10, CancellationToken.None);
        await base.StopAsync(cancellationToken);
        await WriteAsync("stops");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var alive = Path.Combine(plugin.DataDirectory, "alive");
        await File.WriteAllTextAsync(alive, plugin.Version, stoppingToken);
        await using var told = stoppingToken.Register(Resist);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken);
        }
        finally
        {
            File.Delete(alive);
        }
    }

    void Resist()
    {
        SpinWait.SpinUntil(() => !Asked("heart-blocks"));
        if (Asked("heart-throws"))
            throw new InvalidOperationException("The heart was asked to throw when it is told to stop.");
    }

    bool Asked(string what) => File.Exists(Path.Combine(plugin.DataDirectory, what));

    Task WriteAsync(string what) => File.AppendAllLinesAsync(Path.Combine(plugin.DataDirectory, "heart"), [$"{plugin.Version} {what}"]);
}

/// <summary>Writes down each beat; fails or waits while a file asks it to.</summary>
sealed class Pulse(PluginContext plugin, PerRequest request) : IPluginJob, IDisposable
{
    public async Task RunAsync(CancellationToken ct)
    {
        await WriteAsync("begins");
        if (Asked("stumble"))
            throw new InvalidOperationException("The pulse was asked to stumble.");
        try
        {
            while (Asked("linger"))
                await Task.Delay(10, ct);
        }
        finally
        {
            // A moment in which a run of the next build would show.
            await Task.Delay(50, CancellationToken.None);
            await WriteAsync("ends");
        }
    }

    public void Dispose() => File.WriteAllText(Path.Combine(plugin.DataDirectory, "pulse-disposed"), $"{request.Number}");

    bool Asked(string what) => File.Exists(Path.Combine(plugin.DataDirectory, what));

    Task WriteAsync(string what) => File.AppendAllLinesAsync(Path.Combine(plugin.DataDirectory, "pulses"), [$"{plugin.Version} {what}"]);
}

sealed class ReferenceHarness(PluginContext plugin, Greeter greeter) : IHarness, IAsyncDisposable
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return new HarnessEvent.TextDelta(plugin.Version);
        for (var line = 1; line < 400 && request.Input is [ContentBlock.TextBlock { Text: "long" }]; line++)
        {
            yield return new HarnessEvent.TextDelta($" {plugin.Version}");
            await Task.Delay(25, ct);
        }

        await Task.Yield();
        yield return new HarnessEvent.TextDelta(greeter.Greet("you"));
        yield return new HarnessEvent.TextDelta(plugin.Version);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        await File.WriteAllTextAsync(Path.Combine(plugin.DataDirectory, "disposed"), plugin.Version);
    }
}
