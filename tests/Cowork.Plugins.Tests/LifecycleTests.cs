using System.Net;
using System.Runtime.CompilerServices;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Plugins.Tests;

public sealed class LifecycleTests : IAsyncLifetime
{
    const string Reference = "Cowork.Test.Reference";

    readonly PluginFolders _folders = new();
    PluginServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PluginServer.StartAsync(_folders);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folders.Dispose();
    }

    [Fact]
    public async Task A_dropped_folder_serves()
    {
        _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
    }

    [Fact]
    public async Task A_removed_folder_is_gone_and_leaves_the_memory()
    {
        var folder = _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        await UseEverythingAsync();
        Directory.Delete(folder, recursive: true);
        await PluginServer.EventuallyAsync(async () => await _server.PluginAsync(Reference) is null, "the plugin is gone");
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Http.GetAsync($"/api/v1/ext/{Reference}/version")).StatusCode);
        Assert.False(_server.Registry.TryRent("reference", out _));
        await _server.NothingRetiredStaysAsync();
        var copies = Path.Combine(_folders.Roots.CacheDirectory, Reference);
        await PluginServer.EventuallyAsync(() => Task.FromResult(!Directory.EnumerateDirectories(copies).Any()), "no private copy is left");
    }

    [Fact]
    public async Task An_idle_connection_does_not_keep_a_removed_plugin_in_memory()
    {
        var folder = _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        using var idle = new HttpClient { BaseAddress = _server.Http.BaseAddress };
        await idle.GetStringAsync($"/api/v1/ext/{Reference}/version");
        Directory.Delete(folder, recursive: true);
        await PluginServer.EventuallyAsync(async () => await _server.PluginAsync(Reference) is null, "the plugin is gone");
        await _server.NothingRetiredStaysAsync();
    }

    [Fact]
    public async Task A_replaced_plugin_finishes_its_run_on_the_build_that_began_it()
    {
        _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        await RunAcrossReplacementAsync();
        await _server.NothingRetiredStaysAsync();
        var disposed = Path.Combine(_folders.DataOf(Reference), "disposed");
        await PluginServer.EventuallyAsync(() => Task.FromResult(File.Exists(disposed) && File.ReadAllText(disposed) == "1.0.0"), "the old build is disposed");
    }

    [Fact]
    public async Task A_replacement_under_load_fails_no_request()
    {
        _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        using var enough = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => LoadAsync(enough.Token)).ToList();
        foreach (var version in new[] { "2.0.0", "1.0.0", "2.0.0" })
        {
            _folders.Drop("reference-" + version);
            await _server.ServesAsync(version);
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(load), answers => Assert.All(answers, a => Assert.True(a is "1.0.0" or "2.0.0", a)));
        await _server.NothingRetiredStaysAsync();
    }

    [Fact]
    public async Task A_request_in_flight_finishes_on_the_build_that_began_it()
    {
        _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        using var held = await _server.Http.GetAsync($"/api/v1/ext/{Reference}/hold", HttpCompletionOption.ResponseHeadersRead);
        _folders.Drop("reference-2.0.0");
        await _server.ServesAsync("2.0.0");
        await File.WriteAllTextAsync(Path.Combine(_folders.DataOf(Reference), "release"), "");
        Assert.Equal("1.0.0", await held.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_plugin_whose_folder_is_gone_is_shown_as_removed_until_its_last_run_has_ended()
    {
        var folder = _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        await using (var turn = Turn.Begin(_server))
        {
            await turn.NextAsync();
            Directory.Delete(folder, recursive: true);
            await _server.BecomesAsync(Reference, "removed");
            Assert.Equal("hello you", await turn.NextAsync());
        }

        await PluginServer.EventuallyAsync(async () => await _server.PluginAsync(Reference) is null, "the plugin is gone");
    }

    [Fact]
    public async Task The_background_service_of_the_old_build_ends_before_that_of_the_new_one_begins()
    {
        var alive = Path.Combine(_folders.DataOf(Reference), "alive");
        var folder = _folders.Drop("reference-1.0.0");
        await PluginServer.EventuallyAsync(async () => File.Exists(alive) && await File.ReadAllTextAsync(alive) == "1.0.0", "the first heart beats");
        _folders.Drop("reference-2.0.0");
        await PluginServer.EventuallyAsync(async () => File.Exists(alive) && await File.ReadAllTextAsync(alive) == "2.0.0", "the second heart beats");
        Directory.Delete(folder, recursive: true);
        await PluginServer.EventuallyAsync(() => Task.FromResult(!File.Exists(alive)), "no heart beats");
    }

    [Fact]
    public async Task A_run_that_outlives_the_drain_deadline_is_told_so()
    {
        using var folders = new PluginFolders();
        await using var server = await PluginServer.StartAsync(folders, r => r with { DrainDeadline = TimeSpan.FromMilliseconds(1) });
        folders.Drop("reference-1.0.0");
        await server.ServesAsync("1.0.0");
        await using var turn = Turn.Begin(server);
        await turn.NextAsync();
        folders.Drop("reference-2.0.0");
        var told = new TaskCompletionSource();
        await using (turn.Expired.Register(told.SetResult))
            await told.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    async Task RunAcrossReplacementAsync()
    {
        await using var turn = Turn.Begin(_server);
        Assert.Equal("1.0.0", await turn.NextAsync());
        _folders.Drop("reference-2.0.0");
        await _server.ServesAsync("2.0.0");
        await using (var next = Turn.Begin(_server))
            Assert.Equal("2.0.0", await next.NextAsync());
        Assert.Equal("hello you", await turn.NextAsync());
        Assert.Equal("1.0.0", await turn.NextAsync());
        Assert.Null(await turn.NextAsync());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    async Task UseEverythingAsync()
    {
        foreach (var path in new[] { "version", "secret", "throw", "fetch?url=" + Uri.EscapeDataString(_server.Http.BaseAddress + "health") })
            await _server.Http.GetAsync($"/api/v1/ext/{Reference}/{path}");
        await _server.Http.PostAsync($"/api/v1/ext/{Reference}/greet", new StringContent("""{"name":"Ada"}""", null, "application/json"));
        await using var turn = Turn.Begin(_server);
        while (await turn.NextAsync() is not null)
        {
            // To the end.
        }
    }

    async Task<List<string>> LoadAsync(CancellationToken ct)
    {
        var answers = new List<string>();
        while (!ct.IsCancellationRequested)
            answers.Add(await _server.VersionAsync());
        return answers;
    }
}
