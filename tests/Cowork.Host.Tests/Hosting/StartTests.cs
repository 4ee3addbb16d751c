using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Tests.Hosting;

public sealed class StartTests
{
    [Fact]
    public async Task What_a_new_server_makes_is_for_its_user_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps home folders private by other means.");
        await using var host = await HostUnderTest.StartAsync();
        await host.SendAsync(HttpMethod.Put, "settings/theme", new System.Text.Json.Nodes.JsonObject { ["value"] = "dark" });
        var root = Path.Combine(host.Home, ".cowork");

        Assert.Equal("rwx------", ModeOf(root));
        Assert.All(Directory.GetFiles(root, "cowork.db*"), file => Assert.Equal("rw-------", ModeOf(file)));
    }

    [Fact]
    public async Task The_mode_of_a_data_folder_that_is_there_stays_as_its_owner_chose_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        await using var host = await HostUnderTest.StartAsync(prepareHome: home =>
        {
            var root = Directory.CreateDirectory(Path.Combine(home, ".cowork"));
            if (!OperatingSystem.IsWindows())
                root.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        });
        Assert.Equal("rwxr-x---", ModeOf(Path.Combine(host.Home, ".cowork")));
    }

    [Fact]
    public async Task An_agent_of_the_settings_that_is_not_loaded_is_named_and_its_key_is_not_asked_for()
    {
        await using var host = await HostUnderTest.StartAsync(prepareHome: home =>
        {
            Directory.CreateDirectory(Path.Combine(home, ".cowork"));
            File.WriteAllText(Path.Combine(home, ".cowork", "plugins-state.json"), """{"disabled": ["Cowork.Harness.Anton"]}""");
        });
        Assert.Equal("The agent 'anton' is not loaded; echo answers.", host.Get<HarnessChoice>().Problem);
        Assert.True((await host.GetJsonAsync("health"))["config_ready"]!.GetValue<bool>());
        var screen = new StringWriter();
        await Banner.WriteAsync(screen, host.Services);
        Assert.Contains("'anton' is not loaded; echo answers", screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_that_cannot_open_its_file_tells_everybody_who_writes()
    {
        var folder = Directory.CreateTempSubdirectory("cowork-test-").FullName;
        await using var database = new Database(ServerOptions.Read(name => name == "DATABASE_URI" ? $"sqlite:///{folder}/nowhere/a.db" : null, folder));
        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAsync<SqliteException>(() => database.WriteAsync(_ => { }, TestContext.Current.CancellationToken));
        Directory.Delete(folder, recursive: true);
    }

    static string ModeOf(string path)
    {
        var mode = OperatingSystem.IsWindows() ? 0 : (int)File.GetUnixFileMode(path);
        return string.Concat(Enumerable.Range(0, 9).Select(i => (mode & (1 << (8 - i))) == 0 ? '-' : "rwxrwxrwx"[i]));
    }
}
