using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Plugins.Tests;

public sealed class RefusalTests : IAsyncLifetime
{
    const string Reference = "Cowork.Test.Reference";
    const string OwnLibrary = "Cowork.Test.OwnLibrary";
    const string MissesSerilog = $"{OwnLibrary} needs Serilog 2.0.0.0, which is not in its folder.";

    readonly PluginFolders _folders = new();
    PluginServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _folders.Drop("reference-1.0.0");
        _server = await PluginServer.StartAsync(_folders);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folders.Dispose();
    }

    [Theory]
    [InlineData("throwing-1.0.0", "Cowork.Test.Throwing", "failed", "Cowork.Test.Throwing failed while it was being set up: the licence is missing")]
    [InlineData("rival-1.0.0", "Cowork.Test.Rival", "failed", "The harness 'reference' is already offered by Cowork.Test.Reference: disable or remove one of the two.")]
    [InlineData("misrouted-1.0.0", "Cowork.Test.Misrouted", "failed", "Cowork.Test.Misrouted failed while it was being set up: The constraint reference 'nosuchconstraint'*")]
    public async Task A_plugin_that_cannot_be_used_says_why_and_harms_nobody(string build, string name, string state, string reason)
    {
        _folders.Drop(build);
        await ShowsAsync(name, state, reason);
    }

    [Fact]
    public async Task Garbage_is_recognised()
    {
        Directory.CreateDirectory(Path.Combine(_folders.Dropped, "Garbage"));
        await File.WriteAllTextAsync(Path.Combine(_folders.Dropped, "Garbage", "Garbage.dll"), "not an assembly");
        await ShowsAsync("Garbage", "failed", "Garbage.dll is not a .NET assembly: the file may be damaged or still being copied.");
    }

    [Fact]
    public async Task A_library_that_is_no_plugin_is_recognised()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folders.Dropped, "McMaster.NETCore.Plugins")).FullName;
        File.Copy(Path.Combine(AppContext.BaseDirectory, "McMaster.NETCore.Plugins.dll"), Path.Combine(folder, "McMaster.NETCore.Plugins.dll"));
        await ShowsAsync("McMaster.NETCore.Plugins", "incompatible", "McMaster.NETCore.Plugins.dll is not a Cowork plugin: it does not reference Cowork.Abstractions.");
    }

    [Theory]
    [InlineData("Cowork.Abstractions", 2, "Cowork.Test.Throwing needs Cowork.Abstractions 2.0, this server has 1.*")]
    [InlineData("System.Runtime", 99, "Cowork.Test.Throwing needs System.Runtime 99.0, this server has 10.0: update the server.")]
    public async Task A_plugin_for_a_newer_major_is_told_from_its_references(string reference, ushort major, string reason)
    {
        var staging = _folders.Drop("throwing-1.0.0", name: ".staging");
        await RaiseReferenceAsync(Path.Combine(staging, "Cowork.Test.Throwing.dll"), reference, major);
        Directory.Move(staging, Path.Combine(_folders.Dropped, "Cowork.Test.Throwing"));
        await ShowsAsync("Cowork.Test.Throwing", "incompatible", reason);
    }

    [Fact]
    public async Task A_build_for_a_newer_minor_of_the_contract_leaves_the_old_one_in_service()
    {
        _folders.Drop("reference-3.0.0");
        const string reason = $"{Reference} needs Cowork.Abstractions 1.999, this server has 1.*";
        await ShowsAsync(Reference, "active", $"The build in the folder could not be loaded, so the one before stays in service. {reason}");
    }

    [Fact]
    public async Task A_half_copied_build_leaves_the_old_one_in_service_and_the_whole_one_replaces_it()
    {
        var whole = await File.ReadAllBytesAsync(Path.Combine(PluginFolders.Asset("reference-2.0.0"), Reference + ".dll"));
        await File.WriteAllBytesAsync(Path.Combine(_folders.Dropped, Reference, Reference + ".dll"), whole[..(whole.Length / 2)]);
        await ShowsAsync(Reference, "active", "The build in the folder could not be loaded, so the one before stays in service.*");
        _folders.Drop("reference-2.0.0");
        await _server.ServesAsync("2.0.0");
        await ShowsAsync(Reference, "active", "");
    }

    [Fact]
    public async Task A_plugin_without_one_of_its_libraries_is_refused_although_the_server_has_such_a_library()
    {
        var staging = _folders.Drop("ownlibrary-1.0.0", name: ".staging");
        File.Delete(Path.Combine(staging, "Serilog.dll"));
        Directory.Move(staging, Path.Combine(_folders.Dropped, OwnLibrary));
        await ShowsAsync(OwnLibrary, "failed", MissesSerilog);
    }

    [Fact]
    public async Task An_update_whose_library_comes_late_leaves_the_old_build_in_service_until_it_is_there()
    {
        var library = Path.Combine(_folders.Drop("ownlibrary-1.0.0"), "Serilog.dll");
        await ShowsAsync(OwnLibrary, "active", "");
        File.Delete(library);
        await ShowsAsync(OwnLibrary, "active", $"The build in the folder could not be loaded, so the one before stays in service. {MissesSerilog}");
        Assert.Equal("2.0.0", await _server.Http.GetStringAsync($"/api/v1/ext/{OwnLibrary}/library"));
        _folders.Drop("ownlibrary-1.0.0");
        await ShowsAsync(OwnLibrary, "active", "");
    }

    [Fact]
    public async Task A_library_of_a_plugin_must_not_need_a_newer_contract_either()
    {
        var staging = _folders.Drop("ownlibrary-1.0.0", name: ".staging");
        File.Copy(Path.Combine(PluginFolders.Asset("reference-3.0.0"), Reference + ".dll"), Path.Combine(staging, Reference + ".dll"));
        Directory.Move(staging, Path.Combine(_folders.Dropped, OwnLibrary));
        await ShowsAsync(OwnLibrary, "incompatible", $"{Reference} needs Cowork.Abstractions 1.999, this server has 1.*");
    }

    [Theory]
    [InlineData(true, "active", "", "the author's build went without it as well")]
    [InlineData(false, "failed", "Serilog needs Absent.Text.RegularExpressions *", "nothing says that the folder is whole")]
    public async Task A_library_may_lack_what_the_build_of_the_plugin_did_not_have_either(bool hasList, string state, string reason, string why)
    {
        var staging = _folders.Drop("ownlibrary-1.0.0", name: ".staging");
        await RenameReferenceAsync(Path.Combine(staging, "Serilog.dll"), "System.Text.RegularExpressions", "Absent.Text.RegularExpressions");
        if (!hasList)
            File.Delete(Path.Combine(staging, OwnLibrary + ".deps.json"));
        Directory.Move(staging, Path.Combine(_folders.Dropped, OwnLibrary));
        TestContext.Current.TestOutputHelper!.WriteLine(why);
        await ShowsAsync(OwnLibrary, state, reason);
    }

    [Fact]
    public async Task A_folder_that_leads_back_to_itself_is_refused_once()
    {
        if (OperatingSystem.IsWindows())
            return;
        var staging = _folders.Drop("ownlibrary-1.0.0", name: ".staging");
        Directory.CreateSymbolicLink(Path.Combine(staging, "again"), ".");
        Directory.Move(staging, Path.Combine(_folders.Dropped, OwnLibrary));
        await ShowsAsync(OwnLibrary, "failed", "Not loaded, because the folder holds a link to a folder (again): copy what it leads to instead.");
    }

    [Fact]
    public async Task A_rival_takes_over_when_the_other_has_gone()
    {
        _folders.Drop("rival-1.0.0");
        await _server.BecomesAsync("Cowork.Test.Rival", "failed");
        Directory.Delete(Path.Combine(_folders.Dropped, Reference), recursive: true);
        await _server.BecomesAsync("Cowork.Test.Rival", "active");
    }

    [Fact]
    public async Task A_folder_must_have_the_name_of_its_assembly()
    {
        var folder = _folders.Drop("throwing-1.0.0", name: "Renamed");
        await ShowsAsync("Renamed", "failed", "The folder has no Renamed.dll: the assembly must have the name of its folder.");
        File.Move(Path.Combine(folder, "Cowork.Test.Throwing.dll"), Path.Combine(folder, "Renamed.dll"));
        await ShowsAsync("Renamed", "failed", "Renamed.dll holds an assembly named Cowork.Test.Throwing: folder, file and assembly must have the same name.");
    }

    [Fact]
    public async Task A_plugin_that_never_returns_costs_neither_the_start_nor_the_others()
    {
        using var folders = new PluginFolders();
        folders.Drop("endless-1.0.0");
        folders.Drop("reference-1.0.0");
        await using var server = await PluginServer.StartAsync(folders, r => r with { LoadDeadline = TimeSpan.FromSeconds(2) });
        Assert.Equal("1.0.0", await server.VersionAsync());
        Assert.Contains("did not say within", (await server.PluginAsync("Cowork.Test.Endless"))!.Value.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("has space", "a route segment and a file name at once")]
    [InlineData("has{brace}", "would be a route parameter")]
    [InlineData("1digit", "no assembly is named so")]
    [InlineData("dots..dots", "looks like a way up")]
    public void A_name_that_cannot_be_a_plugins_is_refused(string name, string why) =>
        Assert.False(new PluginFolder(name, "/x", new("/", Shipped: false), "").HasValidName, why);

    async Task ShowsAsync(string name, string state, string reason)
    {
        await PluginServer.EventuallyAsync(async () => await ReasonAsync() is { } shown && shown.State == state && Matches(shown.Reason), $"{name} is {state}: {reason}");
        Assert.Equal("ok", await _server.Http.GetStringAsync("/health"));
        Assert.NotEmpty(await _server.VersionAsync());

        async Task<(string? State, string Reason)?> ReasonAsync() => await _server.PluginAsync(name) is { } plugin
            ? (plugin.GetProperty("state").GetString(), plugin.GetProperty("reason").GetString() ?? "")
            : null;

        bool Matches(string shown) => reason.EndsWith('*') ? shown.StartsWith(reason[..^1], StringComparison.Ordinal) : shown == reason;
    }

    /// <summary>Makes an assembly reference a higher major version of another one.</summary>
    static async Task RaiseReferenceAsync(string file, string reference, ushort major)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        using (var pe = new PEReader(new MemoryStream(bytes)))
        {
            var metadata = pe.GetMetadataReader();
            var row = metadata.AssemblyReferences.ToList().FindIndex(r => metadata.GetString(metadata.GetAssemblyReference(r).Name) == reference);
            var table = pe.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.AssemblyRef);
            BitConverter.TryWriteBytes(bytes.AsSpan(table + row * metadata.GetTableRowSize(TableIndex.AssemblyRef)), major);
        }

        await File.WriteAllBytesAsync(file, bytes);
    }

    /// <summary>Makes an assembly reference another one, whose name is as long.</summary>
    static async Task RenameReferenceAsync(string file, string reference, string name)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        using (var pe = new PEReader(new MemoryStream(bytes)))
        {
            var metadata = pe.GetMetadataReader();
            var found = metadata.AssemblyReferences.Select(metadata.GetAssemblyReference).Single(r => metadata.GetString(r.Name) == reference);
            var text = pe.PEHeaders.MetadataStartOffset + metadata.GetHeapMetadataOffset(HeapIndex.String) + metadata.GetHeapOffset(found.Name);
            System.Text.Encoding.UTF8.GetBytes(name).CopyTo(bytes.AsSpan(text));
        }

        await File.WriteAllBytesAsync(file, bytes);
    }
}
