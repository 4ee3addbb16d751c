using System.IO.Compression;
using System.Reflection;

namespace Cowork.EndToEnd.Tests;

public sealed class PluginCommandTests
{
    const string Echo = "Cowork.Harness.Echo";
    const string Anton = "Cowork.Harness.Anton";

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

    static string Plugins(ServerProcess server) => Path.Combine(server.Home, ".cowork", "plugins");

    static IEnumerable<string?> Installed(ServerProcess server) => Directory.EnumerateFileSystemEntries(Plugins(server)).Select(Path.GetFileName);
}
