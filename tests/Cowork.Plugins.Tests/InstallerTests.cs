using System.IO.Compression;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Plugins.Tests;

public sealed class InstallerTests : IDisposable
{
    const string Reference = "Cowork.Test.Reference";

    readonly PluginFolders _folders = new();
    readonly string _work = Directory.CreateTempSubdirectory("cowork-install-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folders.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    [Theory]
    [InlineData("plugin.zip", "", "an archive of the files")]
    [InlineData("plugin.zip", Reference + "/", "an archive of the folder")]
    [InlineData("Acme.Whatever.3.1.0.nupkg", "lib/net10.0/", "a package")]
    public async Task A_build_is_installed_and_the_one_before_is_gone(string name, string prefix, string why)
    {
        await InstallAsync(PluginFolders.Asset("reference-1.0.0"));
        await File.WriteAllTextAsync(Path.Combine(_folders.Dropped, Reference, "leftover.txt"), "", Ct);
        var archive = Archive(name, BuildFiles("reference-2.0.0").Select(f => (prefix + f.Name, f.Content)).Append(("package/services/metadata.psmdcp", [1])));
        var manifest = await InstallAsync(archive);
        Assert.Equal((Reference, "2.0.0"), (manifest.AssemblyName, manifest.Version));
        Assert.Equal([Reference], Directory.EnumerateFileSystemEntries(_folders.Dropped).Select(Path.GetFileName));
        Assert.False(File.Exists(Path.Combine(_folders.Dropped, Reference, "leftover.txt")), why);
        await using var server = await PluginServer.StartAsync(_folders);
        Assert.Equal("2.0.0", await server.VersionAsync());
    }

    [Theory]
    [InlineData("../evil.dll")]
    [InlineData("a/../../evil.dll")]
    [InlineData("..\\evil.dll")]
    public async Task A_path_that_leads_out_of_the_plugin_is_refused(string path)
    {
        var refused = await RefusedAsync(Archive("evil.zip", BuildFiles("reference-1.0.0").Append((path, [1]))));
        Assert.StartsWith("The archive holds a file that would lie outside of the plugin", refused, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(_folders.Dropped)!, "*evil*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_absolute_path_stays_inside_of_the_plugin()
    {
        var outside = Path.Combine(_work, "evil.dll");
        try
        {
            await InstallAsync(Archive("evil.zip", BuildFiles("reference-1.0.0").Append((outside, [1]))));
        }
        catch (PluginRefusedException)
        {
            // On systems whose absolute paths cannot be read as relative ones.
        }

        Assert.False(File.Exists(outside));
    }

    [Fact]
    public async Task What_unpacks_to_more_than_a_plugin_may_be_is_refused_before_the_disk_is_full()
    {
        // 600 MiB of zeros take less than one MiB in the archive.
        var archive = Path.Combine(_work, "bomb.zip");
        await using (var zip = await ZipFile.OpenAsync(archive, ZipArchiveMode.Create, Ct))
        {
            await using var entry = await zip.CreateEntry("zeros.bin", CompressionLevel.Fastest).OpenAsync(Ct);
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 600; i++)
                await entry.WriteAsync(zeros, Ct);
        }

        Assert.Contains("more than 512 MiB", await RefusedAsync(archive), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_files_than_a_plugin_may_have_are_refused() =>
        Assert.Contains("more than 10000 files", await RefusedAsync(Archive("many.zip", Enumerable.Range(0, 10_001).Select(i => ($"{i}.txt", Array.Empty<byte>())))), StringComparison.Ordinal);

    [Fact]
    public async Task An_archive_that_is_none_is_refused()
    {
        var archive = Path.Combine(_work, "torn.zip");
        await File.WriteAllTextAsync(archive, "PK and nothing more", Ct);
        Assert.Equal("torn.zip is not a whole archive.", await RefusedAsync(archive));
    }

    [Fact]
    public async Task An_archive_without_a_plugin_is_refused() =>
        Assert.Equal("There is no assembly in notes.zip that references Cowork.Abstractions.", await RefusedAsync(Archive("notes.zip", [("notes.txt", [1])])));

    [Fact]
    public async Task A_package_for_another_framework_has_no_plugin() =>
        Assert.StartsWith("There is no assembly in", await RefusedAsync(Archive("old.nupkg", BuildFiles("reference-1.0.0").Select(f => ("lib/net8.0/" + f.Name, f.Content)))), StringComparison.Ordinal);

    [Fact]
    public async Task Two_plugins_in_one_archive_are_one_too_many() =>
        Assert.StartsWith("Which is the plugin:", await RefusedAsync(Archive("two.zip", [.. BuildFiles("reference-1.0.0"), .. BuildFiles("throwing-1.0.0")])), StringComparison.Ordinal);

    [Fact]
    public async Task A_build_for_a_newer_contract_does_not_replace_one_that_works()
    {
        await InstallAsync(PluginFolders.Asset("reference-1.0.0"));
        var newer = Archive("newer.zip", BuildFiles("reference-3.0.0"));
        var refused = await Assert.ThrowsAsync<PluginRefusedException>(() => InstallAsync(newer));
        Assert.Contains("update the server", refused.Message, StringComparison.Ordinal);
        await using var server = await PluginServer.StartAsync(_folders);
        Assert.Equal("1.0.0", await server.VersionAsync());
    }

    [Fact]
    public async Task A_link_in_a_folder_is_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return;
        var source = Path.Combine(_work, Reference);
        Directory.CreateDirectory(source);
        foreach (var (name, content) in BuildFiles("reference-1.0.0"))
            await File.WriteAllBytesAsync(Path.Combine(source, name), content, Ct);
        await File.WriteAllTextAsync(Path.Combine(_work, "secret"), "secret", Ct);
        File.CreateSymbolicLink(Path.Combine(source, "link"), Path.Combine(_work, "secret"));
        await InstallAsync(source);
        Assert.False(Path.Exists(Path.Combine(_folders.Dropped, Reference, "link")));
    }

    Task<PluginManifest> InstallAsync(string source) => new PluginInstaller(_folders.Dropped).InstallAsync(source, Ct);

    /// <returns>Why it was refused; nothing must be left behind.</returns>
    async Task<string> RefusedAsync(string archive)
    {
        var refused = await Assert.ThrowsAsync<PluginRefusedException>(() => InstallAsync(archive));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folders.Dropped));
        return refused.Message;
    }

    static IEnumerable<(string Name, byte[] Content)> BuildFiles(string build) =>
        Directory.EnumerateFiles(PluginFolders.Asset(build)).Select(f => (Path.GetFileName(f), File.ReadAllBytes(f)));

    string Archive(string name, IEnumerable<(string Name, byte[] Content)> files)
    {
        var archive = Path.Combine(_work, name);
        using var zip = ZipFile.Open(archive, ZipArchiveMode.Create);
        foreach (var (path, content) in files)
        {
            using var entry = zip.CreateEntry(path, CompressionLevel.Fastest).Open();
            entry.Write(content);
        }

        return archive;
    }
}
