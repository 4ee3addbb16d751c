using Cowork.Host.Platform.Plugins;

namespace Cowork.Plugins.Tests;

/// <summary>The folders of one server, and what users do in them.</summary>
sealed class PluginFolders : IDisposable
{
    readonly string _home = Directory.CreateTempSubdirectory("cowork-plugins-").FullName;

    public PluginFolders()
    {
        Directory.CreateDirectory(Shipped);
        Directory.CreateDirectory(Dropped);
    }

    public string Shipped => Path.Combine(_home, "shipped");

    public string Dropped => Path.Combine(_home, "dropped");

    public PluginRoots Roots => PluginRoots.Under(Path.Combine(_home, "data"), Shipped, Dropped);

    public static string Asset(string build) => Path.Combine(AppContext.BaseDirectory, "assets", build);

    /// <summary>Copies a build into place, over what is there.</summary>
    public string Drop(string build, string? root = null, string? name = null)
    {
        const string dependencies = ".deps.json";
        var plugin = Path.GetFileName(Directory.EnumerateFiles(Asset(build), "*" + dependencies).Single())[..^dependencies.Length];
        var folder = Path.Combine(root ?? Dropped, name ?? plugin);
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Asset(build)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        return folder;
    }

    public string DataOf(string plugin) => Path.Combine(Roots.DataDirectory, plugin);

    /// <summary>Asks the reference plugin for something.</summary>
    public void Ask(string what) => File.WriteAllText(Path.Combine(Directory.CreateDirectory(DataOf("Cowork.Test.Reference")).FullName, what), "");

    public void Unask(string what) => File.Delete(Path.Combine(DataOf("Cowork.Test.Reference"), what));

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
