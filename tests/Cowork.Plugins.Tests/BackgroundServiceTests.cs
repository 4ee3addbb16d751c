namespace Cowork.Plugins.Tests;

/// <summary>The background services of a plugin across its builds.</summary>
public sealed class BackgroundServiceTests : IAsyncLifetime
{
    const string Reference = "Cowork.Test.Reference";

    readonly PluginFolders _folders = new();
    PluginServer _server = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folders.Dispose();
    }

    [Theory]
    [InlineData("heart-throws", "its callback throws")]
    [InlineData("heart-blocks", "its callback never returns")]
    public async Task A_service_that_resists_its_end_keeps_neither_the_next_build_nor_its_own_from_their_ways(string how, string why)
    {
        await StartAsync(TimeSpan.FromSeconds(2));
        _folders.Ask(how);
        _folders.Drop("reference-1.0.0");
        await BeatsAsync("1.0.0 starts");
        _folders.Drop("reference-2.0.0");
        await BeatsAsync("2.0.0 starts");
        Assert.True(_server.Log.Any(l => l.Contains("background service", StringComparison.Ordinal)), why);
        _folders.Unask(how);
        await _server.NothingRetiredStaysAsync();
    }

    [Fact]
    public async Task Services_of_two_builds_never_run_at_the_same_time_however_quick_the_changes()
    {
        // Longer than the test lasts: that nobody waits longer than that is the other test's matter.
        await StartAsync(TimeSpan.FromMinutes(5));
        _folders.Ask("heart-lingers");
        _folders.Drop("reference-1.0.0");
        await BeatsAsync("1.0.0 starts");
        await PostAsync("disable");
        await PostAsync("enable");
        await PostAsync("reload");
        Assert.Equal("1.0.0", await _server.VersionAsync());
        _folders.Unask("heart-lingers");
        await PostAsync("disable");
        await PluginServer.EventuallyAsync(() => Task.FromResult(Beats().Count(b => b == "1.0.0 stops") == 3), "all three have stopped");
        Assert.Equal(Enumerable.Repeat(new[] { "1.0.0 starts", "1.0.0 stops" }, 3).SelectMany(b => b), Beats());
    }

    async Task StartAsync(TimeSpan deadline) => _server = await PluginServer.StartAsync(_folders, r => r with { ServiceDeadline = deadline });

    async Task PostAsync(string what)
    {
        using var answer = await _server.Http.PostAsync($"/api/v1/plugins/{Reference}/{what}", null, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    Task BeatsAsync(string beat) => PluginServer.EventuallyAsync(() => Task.FromResult(Beats().Contains(beat)), beat);

    IReadOnlyList<string> Beats()
    {
        var file = Path.Combine(_folders.DataOf(Reference), "heart");
        return File.Exists(file) ? File.ReadAllLines(file) : [];
    }
}
