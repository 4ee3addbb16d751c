using System.Net;
using System.Text.Json;

namespace Cowork.Plugins.Tests;

public sealed class AdministrationTests : IDisposable
{
    const string Reference = "Cowork.Test.Reference";

    readonly PluginFolders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Fact]
    public async Task A_disabled_plugin_stays_disabled_across_a_restart_and_until_it_is_enabled()
    {
        _folders.Drop("reference-1.0.0");
        await using (var server = await PluginServer.StartAsync(_folders))
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(server, Reference, "disable"));
            Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync($"/api/v1/ext/{Reference}/version")).StatusCode);
        }

        await using (var server = await PluginServer.StartAsync(_folders))
        {
            var plugin = (await server.PluginAsync(Reference))!.Value;
            Assert.Equal("disabled", plugin.GetProperty("state").GetString());
            Assert.Equal("1.0.0", plugin.GetProperty("version").GetString());
            Assert.Equal(HttpStatusCode.OK, await PostAsync(server, Reference.ToLowerInvariant(), "enable"));
            Assert.Equal("1.0.0", await server.VersionAsync());
        }
    }

    [Fact]
    public async Task A_disabled_plugin_tells_what_it_contributed_after_a_restart_too_and_another_build_of_it_does_not()
    {
        _folders.Drop("reference-1.0.0");
        await using (var server = await PluginServer.StartAsync(_folders))
        {
            await PostAsync(server, Reference, "disable");
            Tells(await server.PluginAsync(Reference));
        }

        await using (var server = await PluginServer.StartAsync(_folders))
        {
            Tells(await server.PluginAsync(Reference));
            _folders.Drop("reference-2.0.0");
            await PluginServer.EventuallyAsync(async () => (await server.PluginAsync(Reference))!.Value.GetProperty("harnesses").GetArrayLength() == 0, "another build is not known");
        }

        static void Tells(JsonElement? plugin)
        {
            Assert.Equal("disabled", plugin!.Value.GetProperty("state").GetString());
            Assert.Equal("reference", plugin.Value.GetProperty("harnesses").EnumerateArray().Single().GetProperty("id").GetString());
            Assert.Contains("reference_greeting", plugin.Value.GetProperty("settings").EnumerateArray().Select(s => s.GetString()));
            Assert.Contains($"GET /api/v1/ext/{Reference}/version", plugin.Value.GetProperty("endpoints").EnumerateArray().Select(s => s.GetString()));
            Assert.Contains("cron 30 4 * * *", plugin.Value.GetProperty("jobs").EnumerateArray().Select(j => j.GetProperty("schedule").GetString()));
        }
    }

    [Fact]
    public async Task A_plugin_of_a_later_root_wins_and_gives_way_when_it_is_removed()
    {
        _folders.Drop("reference-1.0.0", _folders.Shipped);
        _folders.Drop("reference-2.0.0");
        await using var server = await PluginServer.StartAsync(_folders);
        Assert.Equal("2.0.0", await server.VersionAsync());
        Assert.Equal(["active", "superseded"], await StatesAsync(server));

        Assert.Equal(HttpStatusCode.OK, (await server.Http.DeleteAsync($"/api/v1/plugins/{Reference}")).StatusCode);
        Assert.Equal("1.0.0", await server.VersionAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folders.Dropped));
        Assert.Equal(["active"], await StatesAsync(server));
    }

    [Fact]
    public async Task A_broken_plugin_of_a_later_root_does_not_take_the_shipped_one_out_of_service()
    {
        _folders.Drop("reference-1.0.0", _folders.Shipped);
        _folders.Drop("reference-3.0.0");
        await using var server = await PluginServer.StartAsync(_folders);
        Assert.Equal("1.0.0", await server.VersionAsync());
        Assert.Equal(["active", "incompatible"], await StatesAsync(server));
    }

    [Fact]
    public async Task A_shipped_plugin_can_be_disabled_but_not_removed()
    {
        _folders.Drop("reference-1.0.0", _folders.Shipped);
        await using var server = await PluginServer.StartAsync(_folders);
        using var refused = await server.Http.DeleteAsync($"/api/v1/plugins/{Reference}");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("\"code\":\"shipped_plugin\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("1.0.0", await server.VersionAsync());
        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, Reference, "disable"));
    }

    [Fact]
    public async Task A_reloaded_plugin_is_a_new_generation_of_the_same_build()
    {
        _folders.Drop("reference-1.0.0");
        await using var server = await PluginServer.StartAsync(_folders);
        await using (var before = Turn.Begin(server))
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(server, Reference, "reload"));
            Assert.Equal("1.0.0", await before.NextAsync());
            Assert.Equal(1, (await server.PluginsAsync()).GetProperty("retired_alive").GetInt32());
        }

        Assert.Equal("1.0.0", await server.VersionAsync());
        await server.NothingRetiredStaysAsync();
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(_folders.Roots.CacheDirectory, Reference)));
    }

    [Fact]
    public async Task A_plugin_that_still_finishes_its_runs_says_so_on_its_own_row()
    {
        _folders.Drop("reference-1.0.0");
        await using var server = await PluginServer.StartAsync(_folders);
        await using (var turn = Turn.Begin(server))
        {
            await turn.NextAsync();
            await PostAsync(server, Reference, "disable");
            Assert.Equal("disabled", await OnlyAsync(server, draining: 1));
            await PostAsync(server, Reference, "enable");
            Assert.Equal("active", await OnlyAsync(server, draining: 1));
        }

        await PluginServer.EventuallyAsync(async () => (await server.PluginAsync(Reference))!.Value.GetProperty("draining").GetInt32() == 0, "the run has ended");
    }

    [Theory]
    [InlineData("Nobody", "never installed")]
    [InlineData("..%2FCowork.Test.Reference", "an encoded way up")]
    [InlineData("..%5C..", "a Windows way up")]
    [InlineData("%2Fetc", "an absolute path")]
    [InlineData("Cowork.Test.Reference%00", "a cut at the NUL")]
    [InlineData(".", "the folder itself")]
    public async Task Names_that_are_no_plugins_name_are_not_found(string name, string why)
    {
        _folders.Drop("reference-1.0.0");
        await using var server = await PluginServer.StartAsync(_folders);
        using var answer = await server.Http.DeleteAsync($"/api/v1/plugins/{name}");
        Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest, why);
        Assert.Equal("1.0.0", await server.VersionAsync());
        Assert.True(Directory.Exists(Path.Combine(_folders.Dropped, Reference)), why);
    }

    [Theory]
    [InlineData("", UnixFileMode.OtherWrite, "the plugins folder")]
    [InlineData(Reference, UnixFileMode.OtherWrite, "the folder Cowork.Test.Reference")]
    [InlineData(Reference + "/" + Reference + ".dll", UnixFileMode.OtherWrite, "Cowork.Test.Reference.dll in the folder Cowork.Test.Reference")]
    public async Task What_others_can_write_to_is_not_loaded_until_they_cannot(string path, UnixFileMode open, string what)
    {
        if (OperatingSystem.IsWindows())
            return;
        _folders.Drop("reference-1.0.0");
        var target = Path.Combine(_folders.Dropped, path);
        var safe = File.GetUnixFileMode(target);
        File.SetUnixFileMode(target, safe | open);
        await using var server = await PluginServer.StartAsync(_folders, r => r with { Poll = TimeSpan.FromMilliseconds(100) });
        var plugin = (await server.PluginAsync(Reference))!.Value;
        Assert.Equal("failed", plugin.GetProperty("state").GetString());
        Assert.Equal($"Not loaded, because other users can write to {what}: take that right away (chmod go-w).", plugin.GetProperty("reason").GetString());
        File.SetUnixFileMode(target, safe);
        await server.BecomesAsync(Reference, "active");
    }

    [Fact]
    public async Task A_sticky_plugins_folder_is_safe_enough()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _folders.Drop("reference-1.0.0");
        File.SetUnixFileMode(_folders.Dropped, File.GetUnixFileMode(_folders.Dropped) | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);
        await using var server = await PluginServer.StartAsync(_folders);
        Assert.Equal("1.0.0", await server.VersionAsync());
    }

    [Fact]
    public async Task A_start_cleans_up_what_an_earlier_one_left()
    {
        _folders.Drop("reference-1.0.0");
        var left = Directory.CreateDirectory(Path.Combine(_folders.Roots.CacheDirectory, Reference, ".unfinished-1")).FullName;
        await using var server = await PluginServer.StartAsync(_folders);
        await PluginServer.EventuallyAsync(() => Task.FromResult(!Directory.Exists(left)), "the unfinished copy is gone");
        Assert.Equal("1.0.0", await server.VersionAsync());
    }

    [Fact]
    public async Task The_private_copies_are_private()
    {
        if (OperatingSystem.IsWindows())
            return;
        _folders.Drop("reference-1.0.0");
        await using var server = await PluginServer.StartAsync(_folders);
        var copy = Directory.EnumerateDirectories(Path.Combine(_folders.Roots.CacheDirectory, Reference)).Single();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(copy));
    }

    [Fact]
    public async Task A_damaged_list_of_disabled_plugins_disables_none()
    {
        _folders.Drop("reference-1.0.0");
        Directory.CreateDirectory(Path.GetDirectoryName(_folders.Roots.StateFile)!);
        await File.WriteAllTextAsync(_folders.Roots.StateFile, "{\"disabled\":[");
        await using var server = await PluginServer.StartAsync(_folders);
        Assert.Equal("1.0.0", await server.VersionAsync());
    }

    static async Task<HttpStatusCode> PostAsync(PluginServer server, string name, string what)
    {
        using var answer = await server.Http.PostAsync($"/api/v1/plugins/{name}/{what}", null);
        return answer.StatusCode;
    }

    /// <returns>The state of the only row.</returns>
    static async Task<string?> OnlyAsync(PluginServer server, int draining)
    {
        var row = Assert.Single((await server.PluginsAsync()).GetProperty("plugins").EnumerateArray());
        Assert.Equal(draining, row.GetProperty("draining").GetInt32());
        Assert.True(row.GetProperty("draining_leases").GetInt32() >= 1);
        return row.GetProperty("state").GetString();
    }

    static async Task<IReadOnlyList<string?>> StatesAsync(PluginServer server) =>
        [.. (await server.PluginsAsync()).GetProperty("plugins").EnumerateArray().Select(p => p.GetProperty("state").GetString())];
}
