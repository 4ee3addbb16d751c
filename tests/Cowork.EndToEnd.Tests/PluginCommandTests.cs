using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

public sealed class PluginCommandTests
{
    const string Echo = "Cowork.Harness.Echo";
    const string Anton = "Cowork.Harness.Anton";
    const string Reference = "Cowork.Test.Reference";

    static readonly string Built = Path.Combine(
        typeof(PluginCommandTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "HostDirectory").Value!, "plugins", Echo);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plugin_is_installed_from_a_folder_and_from_an_archive_and_nothing_else_is_left_behind()
    {
        await using var server = await StoppedAsync();
        Assert.Equal(0, (await server.RunAsync(Ct, "plugins", "install", Built)).ExitCode);
        var archive = Path.Combine(server.Home, "echo.zip");
        await ZipFile.CreateFromDirectoryAsync(Built, archive, CompressionLevel.Fastest, includeBaseDirectory: true, Ct);
        var (exitCode, output, _) = await server.RunAsync(Ct, "plugins", "install", archive);
        Assert.Equal(0, exitCode);
        Assert.StartsWith($"Installed {Echo} ", output, StringComparison.Ordinal);
        Assert.Equal([Echo], Installed(server));
        Assert.True(File.Exists(Path.Combine(Plugins(server), Echo, Echo + ".dll")));
    }

    [Fact]
    public async Task What_a_plugin_contributes_is_shown_before_it_is_installed()
    {
        await using var server = await StoppedAsync();
        var archive = Path.Combine(server.Home, "reference.zip");
        await ZipFile.CreateFromDirectoryAsync(Asset("reference-1.0.0"), archive, Ct);
        foreach (var source in new[] { Asset("reference-1.0.0"), archive })
        {
            var (exitCode, output, _) = await server.RunAsync(Ct, "plugins", "info", source);
            Assert.Equal(0, exitCode);
            Assert.StartsWith($"{Reference} 1.0.0: not installed", output, StringComparison.Ordinal);
            ShowsContributions(output);
        }

        Assert.Empty(Installed(server));
        Assert.False(Directory.Exists(Path.Combine(server.Home, ".cowork", "plugin-data", Reference)));
    }

    [Fact]
    public async Task What_a_plugin_contributes_is_shown_while_it_is_switched_off_with_and_without_a_server()
    {
        await using var server = await StoppedAsync();
        server.Drop("reference-1.0.0", Reference);
        await server.RunAsync(Ct, "plugins", "disable", Reference);
        foreach (var isRunning in new[] { false, true })
        {
            if (isRunning)
                await server.RestartAsync(Ct);
            var (exitCode, output, _) = await server.RunAsync(Ct, "plugins", "info", Reference);
            Assert.Equal(0, exitCode);
            Assert.StartsWith($"{Reference} 1.0.0: disabled", output, StringComparison.Ordinal);
            ShowsContributions(output);
        }

        ShowsContributions((await server.RunAsync(Ct, "plugins", "enable", Reference)).Output);
        ShowsContributions((await server.RunAsync(Ct, "plugins", "disable", Reference)).Output);
    }

    [Fact]
    public async Task A_build_that_is_not_trusted_is_shown_by_its_file_and_not_run()
    {
        await using var server = await StoppedAsync();
        await server.RunAsync(Ct, "plugins", "install", Built);
        await server.RunAsync(Ct, "plugins", "trust", Echo);
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Asset("reference-1.0.0"), Reference + ".dll"), Ct)));

        var (exitCode, output, error) = await server.RunAsync(Ct, "plugins", "install", Asset("reference-1.0.0"));
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"Installed {Reference} 1.0.0.", output, StringComparison.Ordinal);
        Assert.Contains($"plugins trust {Reference}", error, StringComparison.Ordinal);
        foreach (var shown in new[] { output, (await server.RunAsync(Ct, "plugins", "info", Reference)).Output, (await server.RunAsync(Ct, "plugins", "info", Asset("reference-1.0.0"))).Output })
        {
            Assert.Contains($"sha256 {hash}", shown, StringComparison.Ordinal);
            Assert.Matches("contract 1\\.[0-9]+", shown);
            Assert.Contains("Microsoft.AspNetCore.Routing", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("harness reference", shown, StringComparison.Ordinal);
        }

        await server.RunAsync(Ct, "plugins", "trust", Reference);
        ShowsContributions((await server.RunAsync(Ct, "plugins", "info", Reference)).Output);
    }

    [Fact]
    public async Task Installing_into_a_running_server_says_what_came_of_it()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        foreach (var version in new[] { "1.0.0", "2.0.0", "2.0.0" })
        {
            var (exitCode, output, _) = await server.RunAsync(Ct, "plugins", "install", Asset($"reference-{version}"));
            Assert.Equal(0, exitCode);
            Assert.Contains("has taken it into service.", output, StringComparison.Ordinal);
            ShowsContributions(output);
            Assert.Equal(version, await server.Client.Http.GetStringAsync($"ext/{Reference}/version", Ct));
        }

        await server.RunAsync(Ct, "plugins", "trust", Reference);
        var (refused, _, error) = await server.RunAsync(Ct, "plugins", "install", Asset("reference-1.0.0"));
        Assert.Equal(1, refused);
        Assert.Contains("plugins.lock", error, StringComparison.Ordinal);
        Assert.Equal("2.0.0", await server.Client.Http.GetStringAsync($"ext/{Reference}/version", Ct));
        await Eventually.TrueAsync(async () => (await server.RunAsync(Ct, "doctor")) is { ExitCode: 1 } doctor && doctor.Output.Contains("stays in service", StringComparison.Ordinal), Ct);
    }

    [Fact]
    public async Task What_fails_when_it_is_asked_what_it_contributes_is_not_installed()
    {
        await using var server = await StoppedAsync();
        var (exitCode, output, error) = await server.RunAsync(Ct, "plugins", "install", Asset("throwing-1.0.0"));
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("failed while it was being set up", error, StringComparison.Ordinal);
        Assert.Empty(Installed(server));
    }

    [Fact]
    public async Task An_archive_that_writes_outside_is_refused_and_nothing_is_written()
    {
        await using var server = await StoppedAsync();
        var archive = Path.Combine(server.Home, "evil.zip");
        await using (var zip = await ZipFile.OpenAsync(archive, ZipArchiveMode.Create, Ct))
            await zip.CreateEntryFromFileAsync(Path.Combine(Built, Echo + ".dll"), "../../evil.dll", Ct);
        var (exitCode, _, error) = await server.RunAsync(Ct, "plugins", "install", archive);
        Assert.Equal(1, exitCode);
        Assert.Contains("outside", error, StringComparison.Ordinal);
        Assert.Empty(Installed(server));
        Assert.Empty(Directory.EnumerateFiles(server.Home, "evil.dll", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Once_there_is_a_list_of_trusted_builds_another_build_is_not_loaded_and_the_doctor_says_why()
    {
        await using var server = await StoppedAsync();
        await server.RunAsync(Ct, "plugins", "install", Built);
        Assert.Equal(0, (await server.RunAsync(Ct, "plugins", "trust", Echo)).ExitCode);
        Assert.Equal(0, (await server.RunAsync(Ct, "doctor")).ExitCode);

        await File.AppendAllTextAsync(Path.Combine(Plugins(server), Echo, Echo + ".dll"), "changed", Ct);
        await server.RestartAsync(Ct);
        var (exitCode, output, _) = await server.RunAsync(Ct, "doctor");
        Assert.Equal(1, exitCode);
        Assert.Contains($"plugins trust {Echo}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_is_switched_off_and_on_with_and_without_a_server()
    {
        await using var server = await StoppedAsync();
        Assert.Equal(0, (await server.RunAsync(Ct, "plugins", "disable", Echo)).ExitCode);
        await server.RestartAsync(Ct);
        Assert.Contains($"{Echo} 0.1.0: disabled", (await server.RunAsync(Ct, "plugins", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await server.RunAsync(Ct, "plugins", "enable", Echo)).ExitCode);
        Assert.Contains("harness echo (Echo)", (await server.RunAsync(Ct, "plugins", "info", Echo)).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await server.RunAsync(Ct, "plugins", "remove", Echo)).ExitCode);
        Assert.Equal(1, (await server.RunAsync(Ct, "plugins", "disable", "Nobody")).ExitCode);
    }

    [Fact]
    public async Task The_doctor_explains_each_plugin_that_is_not_active_with_and_without_a_server()
    {
        await using var server = await StoppedAsync();
        await server.RunAsync(Ct, "plugins", "install", Built);
        await server.RunAsync(Ct, "plugins", "disable", Anton);
        server.Drop("reference-1.0.0", "Cowork.Test.Renamed");
        server.Drop("reference-3.0.0", "Cowork.Test.Reference");
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(Plugins(server), "Torn")).FullName, "Torn.dll"), "MZ", Ct);

        foreach (var isRunning in new[] { false, true })
        {
            if (isRunning)
                await server.RestartAsync(Ct);
            var (exitCode, output, _) = await server.RunAsync(Ct, "doctor");
            Assert.Equal(1, exitCode);
            Assert.Contains($"{Anton} 0.1.0: disabled. Switched off.", output, StringComparison.Ordinal);
            Assert.Contains($"plugins enable {Anton}", output, StringComparison.Ordinal);
            Assert.Contains($"{Echo} 0.1.0: superseded. Another folder of the same name is used instead.", output, StringComparison.Ordinal);
            Assert.Matches("Cowork.Test.Renamed *: failed. The folder has no Cowork.Test.Renamed.dll", output);
            Assert.Matches("Cowork.Test.Reference .*: incompatible. Cowork.Test.Reference needs Cowork.Abstractions 1.999", output);
            Assert.Matches("Torn *: failed. Torn.dll is not a .NET assembly", output);
        }
    }

    static async Task<ServerProcess> StoppedAsync()
    {
        var server = await ServerProcess.StartAsync(Ct);
        await server.KillAsync(Ct);
        return server;
    }

    static string Asset(string build) => Path.Combine(AppContext.BaseDirectory, "assets", build);

    static void ShowsContributions(string output) => Assert.All(
        ["harness reference (Reference)", "setting reference_greeting", $"endpoint GET /api/v1/ext/{Reference}/version", "job nightly (cron 30 4 * * *)"],
        line => Assert.Contains(line, output, StringComparison.Ordinal));

    static string Plugins(ServerProcess server) => Path.Combine(server.Home, ".cowork", "plugins");

    static IEnumerable<string?> Installed(ServerProcess server) => Directory.EnumerateFileSystemEntries(Plugins(server)).Select(Path.GetFileName);
}
