using System.Security.Cryptography;

namespace Cowork.Plugins.Tests;

/// <summary>The list of the builds that may run.</summary>
public sealed class TrustTests : IAsyncLifetime
{
    const string Reference = "Cowork.Test.Reference";

    readonly PluginFolders _folders = new();
    PluginServer? _server;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _folders.Drop("reference-1.0.0");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folders.Dispose();
    }

    [Theory]
    [InlineData("{}", "no list in it")]
    [InlineData("""{"plugins":null}""", "a list that is none")]
    [InlineData("""{"plugins":{"a":"b",""", "cut off")]
    [InlineData("", "empty")]
    public async Task A_list_that_cannot_be_read_allows_nothing_until_it_is_corrected(string content, string why)
    {
        await StartAsync(content);
        var plugin = (await _server!.PluginAsync(Reference))!.Value;
        Assert.Equal("failed", plugin.GetProperty("state").GetString());
        Assert.True(plugin.GetProperty("reason").GetString() == "Not loaded, because plugins.lock is not valid: correct it, or delete it to allow every plugin.", why);
        File.Delete(_folders.Roots.LockFile);
        await _server.BecomesAsync(Reference, "active");
    }

    [Fact]
    public async Task A_name_and_a_hash_count_in_either_case()
    {
        var assembly = await File.ReadAllBytesAsync(Path.Combine(_folders.Dropped, Reference, Reference + ".dll"), Ct);
        await StartAsync($$"""{ "plugins": { "{{Reference.ToUpperInvariant()}}": "{{Convert.ToHexString(SHA256.HashData(assembly))}}" } }""");
        Assert.Equal("1.0.0", await _server!.VersionAsync());
    }

    [Fact]
    public async Task A_plugin_that_is_not_on_the_list_is_not_loaded_until_it_is()
    {
        await StartAsync("""{"plugins":{}}""");
        var reason = (await _server!.PluginAsync(Reference))!.Value.GetProperty("reason").GetString();
        Assert.Equal($"Not loaded, because it is not listed in plugins.lock: if you trust it, run 'cowork-server plugins trust {Reference}'.", reason);
        new Host.Platform.Plugins.PluginTrust(_folders.Roots).Add(Reference, Path.Combine(_folders.Dropped, Reference, Reference + ".dll"));
        await _server.BecomesAsync(Reference, "active");
    }

    [Fact]
    public async Task A_list_that_others_can_write_to_allows_nothing_until_they_cannot()
    {
        if (OperatingSystem.IsWindows())
            return;
        await StartAsync("""{"plugins":{}}""");
        new Host.Platform.Plugins.PluginTrust(_folders.Roots).Add(Reference, Path.Combine(_folders.Dropped, Reference, Reference + ".dll"));
        await _server!.BecomesAsync(Reference, "active");
        var mode = File.GetUnixFileMode(_folders.Roots.LockFile);
        File.SetUnixFileMode(_folders.Roots.LockFile, mode | UnixFileMode.OtherWrite);
        using (await _server.Http.PostAsync($"/api/v1/plugins/{Reference}/reload", null, Ct))
        {
            var reason = (await _server.PluginAsync(Reference))!.Value.GetProperty("reason").GetString();
            Assert.EndsWith("Not loaded, because other users can write to plugins.lock: take that right away (chmod go-w).", reason, StringComparison.Ordinal);
        }

        File.SetUnixFileMode(_folders.Roots.LockFile, mode);
        await PluginServer.EventuallyAsync(async () => (await _server.PluginAsync(Reference))!.Value.GetProperty("reason").GetString() is null, "the list counts again");
    }

    [Fact]
    public void Folders_above_the_plugins_that_everybody_can_write_to_are_named()
    {
        if (OperatingSystem.IsWindows())
            return;
        var above = Path.GetDirectoryName(_folders.Dropped)!;
        Assert.Empty(Host.Platform.Plugins.PluginPermissions.OpenFolders(_folders.Roots));
        File.SetUnixFileMode(above, File.GetUnixFileMode(above) | UnixFileMode.OtherWrite);
        Assert.Equal([above], Host.Platform.Plugins.PluginPermissions.OpenFolders(_folders.Roots));
    }

    async Task StartAsync(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folders.Roots.LockFile)!);
        await File.WriteAllTextAsync(_folders.Roots.LockFile, content, Ct);
        _server = await PluginServer.StartAsync(_folders, r => r with { Poll = TimeSpan.FromMilliseconds(100) });
    }
}
