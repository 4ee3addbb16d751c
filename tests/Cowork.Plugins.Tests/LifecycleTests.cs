using System.Net;
using System.Runtime.CompilerServices;
using Cowork.Host.Platform.Plugins;
using Microsoft.Extensions.Logging.Abstractions;

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
        Assert.Equal("1.0.0", await File.ReadAllTextAsync(Path.Combine(_folders.DataOf(Reference), "disposed")));
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

    [Fact]
    public async Task A_folder_that_cannot_be_listed_is_not_a_folder_that_is_gone()
    {
        if (OperatingSystem.IsWindows())
            return;
        _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        // A link to itself can be neither listed nor called missing.
        var away = _folders.Dropped + ".away";
        Directory.Move(_folders.Dropped, away);
        Directory.CreateSymbolicLink(_folders.Dropped, _folders.Dropped);
        _folders.Drop("rival-1.0.0", _folders.Shipped);
        await _server.BecomesAsync("Cowork.Test.Rival", "failed");
        Assert.Equal("1.0.0", await _server.VersionAsync());
        Assert.Single(_server.Log, l => l.Contains("could not be listed", StringComparison.Ordinal));
        File.Delete(_folders.Dropped);
        Directory.Move(away, _folders.Dropped);
        _folders.Drop("reference-2.0.0");
        await _server.ServesAsync("2.0.0");
    }

    [Fact]
    public async Task A_plugins_folder_that_was_made_anew_is_watched_from_the_next_look_on()
    {
        using var folders = new PluginFolders();
        using var watcher = new PluginWatcher(folders.Roots, NullLogger<PluginWatcher>.Instance);
        watcher.Follow([]);
        await NoticesAsync();
        Directory.Move(folders.Dropped, folders.Dropped + ".away");
        Directory.CreateDirectory(folders.Dropped);
        watcher.Follow([]);
        await NoticesAsync();
        folders.Drop("reference-1.0.0");
        await NoticesAsync();

        Task NoticesAsync() => watcher.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_linked_plugin_is_followed_without_waiting_for_the_next_look()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folders = new PluginFolders();
        var built = folders.Drop("reference-1.0.0", Path.Combine(Path.GetDirectoryName(folders.Dropped)!, "elsewhere"));
        await using var server = await PluginServer.StartAsync(folders, r => r with { Poll = TimeSpan.FromHours(1) });
        Directory.CreateSymbolicLink(Path.Combine(folders.Dropped, Reference), built);
        await server.ServesAsync("1.0.0");
        folders.Drop("reference-2.0.0", Path.GetDirectoryName(built));
        await server.ServesAsync("2.0.0");
    }

    [Fact]
    public async Task A_change_of_one_plugin_leaves_alone_what_is_being_copied()
    {
        using var folders = new PluginFolders();
        folders.Drop("reference-1.0.0");
        await using var server = await PluginServer.StartAsync(folders, r => r with { Settle = TimeSpan.FromSeconds(2) });
        using var enough = new CancellationTokenSource();
        var half = Directory.CreateDirectory(Path.Combine(folders.Dropped, "Half")).FullName;
        var copying = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await File.AppendAllTextAsync(Path.Combine(half, "Half.dll"), "half", CancellationToken.None);
                await Task.Delay(20, CancellationToken.None);
            }
        });
        using (var answer = await server.Http.PostAsync($"/api/v1/plugins/{Reference}/reload", null))
            Assert.DoesNotContain("\"Half\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await enough.CancelAsync();
        await copying;
        await server.BecomesAsync("Half", "failed");
    }

    [Fact]
    public async Task The_log_says_each_step()
    {
        var folder = _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        await using (var turn = Turn.Begin(_server))
        {
            await turn.NextAsync();
            _folders.Drop("reference-2.0.0");
            await LogsAsync($"Plugin {Reference} 1.0.0 went out of service, because 2.0.0 replaced it; it finishes * runs and requests");
        }

        await LogsAsync($"The jobs and background services of plugin {Reference} 1.0.0 stopped");
        await LogsAsync($"The jobs and background services of plugin {Reference} 2.0.0 started");
        await LogsAsync($"Plugin {Reference} 1.0.0 was unloaded");
        using (await _server.Http.PostAsync($"/api/v1/plugins/{Reference}/disable", null))
            await LogsAsync($"Plugin {Reference} 2.0.0 went out of service, because it was disabled; it finishes * runs and requests");
        using (await _server.Http.PostAsync($"/api/v1/plugins/{Reference}/enable", null))
            await LogsAsync($"Plugin {Reference} 2.0.0 went into service: * ");
        Directory.Delete(folder, recursive: true);
        await LogsAsync($"Plugin {Reference} 2.0.0 went out of service, because its folder was removed; it finishes * runs and requests");
    }

    [Fact]
    public async Task A_build_that_was_refused_counts_while_it_stays_in_memory()
    {
        Directory.CreateDirectory(_folders.DataOf("Cowork.Test.Throwing"));
        await File.WriteAllTextAsync(Path.Combine(_folders.DataOf("Cowork.Test.Throwing"), "cling"), "");
        _folders.Drop("throwing-1.0.0");
        await _server.BecomesAsync("Cowork.Test.Throwing", "failed");
        await LogsAsync("Plugin Cowork.Test.Throwing 1.0.0 stayed in memory after it was disposed");
        Assert.Equal(1, (await _server.PluginsAsync()).GetProperty("retired_alive").GetInt32());
    }

    [Fact]
    public async Task Nobody_sees_half_of_a_switch()
    {
        _folders.Drop("reference-1.0.0");
        await _server.ServesAsync("1.0.0");
        using var enough = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                var set = _server.Registry.Current;
                var serves = set.Harnesses.Count > 0;
                Assert.Equal(serves, set.View.Statuses([]).Any(s => s.State == PluginState.Active));
                using var answer = await _server.Http.GetAsync($"/api/v1/ext/{Reference}/version", CancellationToken.None);
                // An answer of another state is right only if that state has come meanwhile.
                if (answer.IsSuccessStatusCode != serves)
                    await PluginServer.EventuallyAsync(() => Task.FromResult(!ReferenceEquals(set, _server.Registry.Current)), "the state changes, too");
            }
        });
        for (var i = 0; i < 50; i++)
        {
            using (await _server.Http.PostAsync($"/api/v1/plugins/{Reference}/disable", null))
            using (await _server.Http.PostAsync($"/api/v1/plugins/{Reference}/enable", null))
                Assert.False(watching.IsFaulted, watching.Exception?.ToString());
        }

        await enough.CancelAsync();
        await watching;
    }

    Task LogsAsync(string line) => PluginServer.EventuallyAsync(
        () => Task.FromResult(_server.Log.Any(l => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(line + "*", l))), $"the log says: {line}");

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
