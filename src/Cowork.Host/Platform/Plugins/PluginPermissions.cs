using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Plugins run with all rights of the server, so nobody but its user (and root) may be able to write to them. Two cases
/// that look open are not: a group that carries the number of the owner is the owner's private one (the default of most
/// Linux systems), and in a sticky folder such as /tmp others can add entries, which are then theirs, but not touch ours.
/// </summary>
static partial class PluginPermissions
{
    /// <summary>Checks a plugin folder with everything in it, and the root it lies in.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="PluginRefusedException">Other users can write to it.</exception>
    public static void Check(PluginFolder folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        Check(folder.Root.Path, "the plugins folder", mayBeSticky: true);
        Check(folder.Path, $"the folder {folder.Name}", mayBeSticky: false);
        foreach (var entry in PluginFolder.Entries(folder.Path, (ref e) => e.ToFullPath()))
            Check(entry, $"{Path.GetFileName(entry)} in the folder {folder.Name}", mayBeSticky: false);
    }

    /// <summary>Checks the list of the builds that may run, which is worth nothing where others can add to it, and the folder it lies in.</summary>
    /// <param name="file">The list.</param>
    /// <exception cref="PluginRefusedException">Other users can write to it.</exception>
    public static void CheckList(string file)
    {
        if (OperatingSystem.IsWindows())
            return;
        Check(Path.GetDirectoryName(file)!, "the data folder, which has plugins.lock in it,", mayBeSticky: true);
        Check(file, "plugins.lock", mayBeSticky: false);
    }

    /// <summary>
    /// Folders above the roots, and the data folder, that everybody can write to. Worth a warning and not a refusal: volumes of
    /// containers are like this, and there nobody else is.
    /// </summary>
    public static IEnumerable<string> OpenFolders(PluginRoots roots)
    {
        if (OperatingSystem.IsWindows())
            return [];
        return roots.Roots.SelectMany(r => Above(r.Path)).Append(Path.GetDirectoryName(roots.StateFile)!).Distinct().Where(Directory.Exists).Where(IsOpen);
    }

    static IEnumerable<string> Above(string path)
    {
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
            yield return folder;
    }

    [UnsupportedOSPlatform("windows")]
    static bool IsOpen(string folder) => (File.GetUnixFileMode(folder) & (UnixFileMode.OtherWrite | UnixFileMode.StickyBit)) == UnixFileMode.OtherWrite;

    [UnsupportedOSPlatform("windows")]
    static void Check(string path, string what, bool mayBeSticky)
    {
        var mode = File.GetUnixFileMode(path);
        var owner = Owner(path);
        if (owner is { User: not 0 } && owner.Value.User != EffectiveUser())
            throw Refused($"{what} belongs to another user: make it your own (chown)");

        // Where the owner cannot be told, sticky folders and private groups cannot be recognised either.
        var groupIsPrivate = owner is { } o && o.User == o.Group;
        var sticky = mayBeSticky && owner is not null && mode.HasFlag(UnixFileMode.StickyBit);
        var open = mode.HasFlag(UnixFileMode.OtherWrite) || (mode.HasFlag(UnixFileMode.GroupWrite) && !groupIsPrivate);
        if (open && !sticky)
            throw Refused($"other users can write to {what}: take that right away (chmod go-w)");
    }

    static PluginRefusedException Refused(string what) =>
        new(PluginState.Failed, $"Not loaded, because {what}.") { Retry = PluginRetry.Always };

    static unsafe (uint User, uint Group)? Owner(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        const int currentDirectory = -100;
        const uint userAndGroup = 0x8 | 0x10;
        const int size = 256;
        const int userOffset = 20;
        const int groupOffset = 24;
        var buffer = stackalloc byte[size];
        return StatX(currentDirectory, path, 0, userAndGroup, buffer) == 0
            ? (*(uint*)(buffer + userOffset), *(uint*)(buffer + groupOffset))
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int directory, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
