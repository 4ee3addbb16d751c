using Cowork.Abstractions;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Testing;

/// <summary>
/// The contract tests for any plugin. Derive a public class in an xunit.v3 project, and the tests are yours; for a harness
/// derive from <see cref="HarnessConformance{TPlugin}"/> instead, which has these too.
/// </summary>
/// <typeparam name="TPlugin">The entry of the plugin.</typeparam>
public abstract class PluginConformance<TPlugin> : IAsyncLifetime
    where TPlugin : class, ICoworkPlugin, new()
{
    /// <summary>What every secret is while the tests run: it must not turn up anywhere.</summary>
    protected const string Canary = "sk-canary-7f3a9c51e08b4d26";

    /// <summary>How long jobs and background services may work before they are told to end.</summary>
    static readonly TimeSpan WorkTime = TimeSpan.FromSeconds(1);

    PluginUnderTest? _plugin;

    /// <summary>Values of settings; what is not here has its default. Secrets are always <see cref="Canary"/>.</summary>
    protected virtual IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>();

    /// <summary>
    /// How long a stopped turn, job or background service may take to end. The server abandons it after 5 seconds; this is
    /// twice as long, because machines that run tests are busy.
    /// </summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(10);

    /// <summary>How long the plugin may take to leave the memory; caches that forget by time take a while.</summary>
    protected virtual TimeSpan UnloadPatience => TimeSpan.FromMinutes(1);

    /// <summary>Replaces services of the plugin, for example by a clock or a model of the test's own.</summary>
    /// <param name="services">The plugin's container, with everything that the plugin registered.</param>
    protected virtual void ReplaceServices(IServiceCollection services)
    {
    }

    /// <summary>
    /// Asks the endpoints of the plugin and checks their answers. Called by <see cref="It_answers_requests"/>, and by the tests of
    /// secrets and of unloading: what was never asked cannot show what it keeps.
    /// </summary>
    /// <param name="http">Its base address is where the plugin's endpoints live, so <c>http.GetAsync("notes", ct)</c> asks the route <c>notes</c>.</param>
    /// <param name="ct">Ends the test.</param>
    /// <returns>A task that ends when everything was asked.</returns>
    protected virtual Task RequestAsync(HttpClient http, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Runs before each test.</summary>
    /// <returns>A task that ends when the test may begin.</returns>
    protected virtual ValueTask BeginAsync() => default;

    /// <summary>Runs after each test, when the plugin has been disposed.</summary>
    /// <returns>A task that ends when everything is put away.</returns>
    protected virtual ValueTask EndAsync() => default;

    ValueTask IAsyncLifetime.InitializeAsync() => BeginAsync();

    /// <summary>Disposes the plugin.</summary>
    /// <returns>A task that ends when everything is put away.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _plugin, null) is { } plugin)
        {
            await plugin.Services.StopAsync(Patience);
            await plugin.DisposeAsync();
        }

        await EndAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The assembly has one public entry, and folder, file, assembly and plugin can all have the same name.</summary>
    [Fact]
    public void The_server_finds_it()
    {
        var assembly = typeof(TPlugin).Assembly;
        var name = new TPlugin().Name;
        var entries = assembly.GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ICoworkPlugin)));
        Assert.True(entries.SequenceEqual([typeof(TPlugin)]), $"{assembly.GetName().Name} must have exactly one public class that implements {nameof(ICoworkPlugin)}.");
        Assert.Equal(assembly.GetName().Name, name);
        Assert.True(PluginName.IsValid(name), $"'{name}' cannot be the name of a plugin: {PluginName.Rule}.");
    }

    /// <summary>Names, keys, defaults and registrations are well-formed, and everything that was declared can be created.</summary>
    [Fact]
    public async Task The_server_accepts_what_it_declares()
    {
        try
        {
            var plugin = Plugin;
            plugin.CreateHarnesses();
            plugin.CreateJobs();
        }
        catch (PluginRefusedException refused)
        {
            Assert.Fail(refused.Message);
        }

        if (!Plugin.HasEndpoints)
            return;

        await using var endpoints = await Plugin.ServeAsync();
        // The first request builds the tables of routes, whatever it asks for.
        using var answer = await endpoints.Http.GetAsync("", Ct);
        Assert.True(!endpoints.Failures.Any(), $"Its endpoints cannot be served: {endpoints.Failures.FirstOrDefault()}");
    }

    /// <summary>An exception in an endpoint reaches the client as a defect of the plugin.</summary>
    [Fact]
    public async Task It_answers_requests()
    {
        Assert.SkipUnless(Plugin.HasEndpoints, "The plugin has no endpoints.");
        await using var endpoints = await (await ServingAsync()).ServeAsync();
        try
        {
            await RequestAsync(endpoints.Http, Ct);
        }
        catch (HttpRequestException) when (endpoints.Failures.Any())
        {
            // Which endpoint failed, and how, says more.
        }

        Assert.SkipUnless(endpoints.WasAsked, $"Nothing is asked: override {nameof(RequestAsync)}.");
        Assert.True(!endpoints.Failures.Any(), $"An endpoint failed: {endpoints.Failures.FirstOrDefault()}");
    }

    /// <summary>Background services start, run until they are told to stop, and stop in time, or the build that replaces them has to wait.</summary>
    [Fact]
    public async Task Its_background_services_start_and_stop()
    {
        Assert.SkipUnless(Plugin.HasServices, "The plugin has no background services.");
        var started = await Plugin.Services.StartAsync(Patience);
        await Task.Delay(WorkTime, Ct);
        var stopped = await Plugin.Services.StopAsync(Patience);
        Assert.True(started.Count + stopped.Count == 0, string.Join(' ', started.Concat(stopped)));
    }

    /// <summary>A job ends when the plugin is replaced, disabled or removed.</summary>
    [Fact]
    public async Task A_job_that_is_told_to_end_ends()
    {
        Assert.SkipWhen(Plugin.Jobs.Count == 0, "The plugin has no jobs.");
        var plugin = await ServingAsync();
        foreach (var job in plugin.Jobs)
            Assert.True(await EndsAsync(plugin, job, Ct), $"The job '{job.Descriptor.Id}' still runs {Patience.TotalSeconds} seconds after it was told to end.");
    }

    /// <summary>Neither the model's key nor a secret setting turns up in what the plugin says, asks, remembers, writes and logs.</summary>
    [Fact]
    public async Task Nothing_shows_a_secret()
    {
        var plugin = await ServingAsync();
        await ExamineAsync(plugin, (what, text) => Assert.False(Shows(text), $"{what} shows a secret."));
        await AskAsync(plugin, Ct);
        Assert.False(Shows(plugin.Log), "The log shows a secret.");
        foreach (var file in Directory.EnumerateFiles(plugin.Root, "*", SearchOption.AllDirectories))
            Assert.False(Shows(await File.ReadAllTextAsync(file, Ct)), $"The file {Path.GetFileName(file)} shows a secret.");
    }

    /// <summary>
    /// A replaced build must go. What keeps it: events of the process or of static objects that the plugin subscribed to,
    /// threads and timers that were not stopped, caches of libraries outside the plugin that hold its types.
    /// </summary>
    [Fact]
    public async Task It_leaves_the_memory_when_it_is_unloaded() =>
        Assert.True(
            await PluginUnloading.DiesAsync(typeof(TPlugin), Start, UseAsync, UnloadPatience, Ct),
            "Something outside the plugin still refers to it after it was disposed and unloaded.");

    private protected PluginUnderTest Plugin => _plugin ??= Start(new TPlugin());

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The plugin with its background services running; what they do wrong is found by their own test.</summary>
    private protected async Task<PluginUnderTest> ServingAsync()
    {
        await Plugin.Services.StartAsync(Patience);
        return Plugin;
    }

    /// <summary>Shows what the plugin lets others see, with a name for it.</summary>
    private protected virtual Task ExamineAsync(PluginUnderTest plugin, Action<string, string?> see) => Task.CompletedTask;

    /// <summary>Does with the plugin what it is there for.</summary>
    private protected virtual async Task WorkAsync(PluginUnderTest plugin, CancellationToken ct)
    {
        await AskAsync(plugin, ct);
        foreach (var job in plugin.Jobs)
            await EndsAsync(plugin, job, ct);
    }

    private protected static bool Shows(string? text) => text?.Contains(Canary, StringComparison.Ordinal) == true;

    async Task UseAsync(PluginUnderTest plugin, CancellationToken ct)
    {
        await plugin.Services.StartAsync(Patience);
        await WorkAsync(plugin, ct);
        await plugin.Services.StopAsync(Patience);
    }

    /// <summary>Sends the requests; how they are answered has a test of its own.</summary>
    async Task AskAsync(PluginUnderTest plugin, CancellationToken ct)
    {
        if (!plugin.HasEndpoints)
            return;
        await using var endpoints = await plugin.ServeAsync();
        try
        {
            await RequestAsync(endpoints.Http, ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // It_answers_requests says so.
        }
    }

    /// <summary>Runs a job for a moment, tells it to end, and says whether it did; how it ended does not matter.</summary>
    async Task<bool> EndsAsync(PluginUnderTest plugin, DeclaredJob job, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // On another thread: a job that never gives its thread back must not take the test with it.
        var run = Task.Run(() => plugin.RunAsync(job, stop.Token), CancellationToken.None);
        await Task.WhenAny(run, Task.Delay(WorkTime, ct));
        await stop.CancelAsync();
        return await Task.WhenAny(run, Task.Delay(Patience, ct)) == run;
    }

    PluginUnderTest Start(ICoworkPlugin plugin) => new(plugin, Settings, Canary, ReplaceServices);
}
