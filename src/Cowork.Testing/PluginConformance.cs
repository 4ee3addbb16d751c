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

    /// <summary>How long a job may work before it is told to end.</summary>
    static readonly TimeSpan JobTime = TimeSpan.FromSeconds(1);

    PluginUnderTest? _plugin;

    /// <summary>Values of settings; what is not here has its default. Secrets are always <see cref="Canary"/>.</summary>
    protected virtual IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>();

    /// <summary>
    /// How long a stopped turn may take to end. The server abandons it after 5 seconds; this is twice as long, because
    /// machines that run tests are busy.
    /// </summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(10);

    /// <summary>How long the plugin may take to leave the memory; caches that forget by time take a while.</summary>
    protected virtual TimeSpan UnloadPatience => TimeSpan.FromMinutes(1);

    /// <summary>Replaces services of the plugin, for example by a clock or a model of the test's own.</summary>
    /// <param name="services">The plugin's container, with everything that the plugin registered.</param>
    protected virtual void ReplaceServices(IServiceCollection services)
    {
    }

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
            await plugin.DisposeAsync();
        await EndAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The assembly has one public entry, and folder, file, assembly and plugin can all have the same name.</summary>
    [Fact]
    public void The_server_finds_it()
    {
        var assembly = typeof(TPlugin).Assembly;
        var entries = assembly.GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ICoworkPlugin)));
        Assert.True(entries.SequenceEqual([typeof(TPlugin)]), $"{assembly.GetName().Name} must have exactly one public class that implements {nameof(ICoworkPlugin)}.");
        Assert.Equal(assembly.GetName().Name, new TPlugin().Name);
    }

    /// <summary>Names, keys, defaults and registrations are well-formed, and everything that was declared can be created.</summary>
    [Fact]
    public void The_server_accepts_what_it_declares()
    {
        try
        {
            var plugin = Plugin;
            plugin.CreateHarnesses();
            plugin.CreateJobs();
            plugin.MapEndpoints();
        }
        catch (PluginRefusedException refused)
        {
            Assert.Fail(refused.Message);
        }
    }

    /// <summary>A job ends when the plugin is replaced, disabled or removed.</summary>
    [Fact]
    public async Task A_job_that_is_told_to_end_ends()
    {
        Assert.SkipWhen(Plugin.Jobs.Count == 0, "The plugin has no jobs.");
        foreach (var job in Plugin.Jobs)
            Assert.True(await EndsAsync(Plugin, job, TestContext.Current.CancellationToken), $"The job '{job.Descriptor.Id}' still runs {Patience.TotalSeconds} seconds after it was told to end.");
    }

    /// <summary>
    /// A replaced build must go. What keeps it: events of the process or of static objects that the plugin subscribed to,
    /// threads and timers that were not stopped, caches of libraries outside the plugin that hold its types.
    /// </summary>
    [Fact]
    public async Task It_leaves_the_memory_when_it_is_unloaded() =>
        Assert.True(
            await PluginUnloading.DiesAsync(typeof(TPlugin), Start, UseAsync, UnloadPatience, TestContext.Current.CancellationToken),
            "Something outside the plugin still refers to it after it was disposed and unloaded.");

    private protected PluginUnderTest Plugin => _plugin ??= Start(new TPlugin());

    private protected virtual async Task UseAsync(PluginUnderTest plugin, CancellationToken ct)
    {
        plugin.MapEndpoints();
        foreach (var job in plugin.Jobs)
            await EndsAsync(plugin, job, ct);
    }

    /// <summary>Runs a job for a moment, tells it to end, and says whether it did; how it ended does not matter.</summary>
    async Task<bool> EndsAsync(PluginUnderTest plugin, DeclaredJob job, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // On another thread: a job that never gives its thread back must not take the test with it.
        var run = Task.Run(() => plugin.RunAsync(job, stop.Token), CancellationToken.None);
        await Task.WhenAny(run, Task.Delay(JobTime, ct));
        await stop.CancelAsync();
        return await Task.WhenAny(run, Task.Delay(Patience, ct)) == run;
    }

    PluginUnderTest Start(ICoworkPlugin plugin) => new(plugin, Settings, Canary, ReplaceServices);
}
