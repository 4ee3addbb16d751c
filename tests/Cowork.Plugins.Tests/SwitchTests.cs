using Cowork.Host.Platform.Plugins;

namespace Cowork.Plugins.Tests;

/// <summary>What others see of a switch from one build to the next.</summary>
public sealed class SwitchTests : IAsyncLifetime
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
}
