using Cowork.Host.Platform.Plugins;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cowork.Plugins.Tests;

/// <summary>What is made of the folders that can, and that cannot, be seen.</summary>
public sealed class WatchingTests : IAsyncLifetime
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
}
