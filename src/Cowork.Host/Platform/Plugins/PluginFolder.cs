using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace Cowork.Host.Platform.Plugins;

/// <summary>A folder under one of the roots, and the state of its files when it was looked at.</summary>
/// <param name="Name">The folder's name, which must be the plugin's.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Root">Where it was found.</param>
/// <param name="Fingerprint">Changes when a file does.</param>
sealed record PluginFolder(string Name, string Path, PluginRoot Root, string Fingerprint)
{
    // A link inside a plugin may point back to itself.
    static readonly EnumerationOptions AllFiles = new() { RecurseSubdirectories = true, MaxRecursionDepth = 8, AttributesToSkip = FileAttributes.None };

    public static StringComparer NameComparer => StringComparer.OrdinalIgnoreCase;

    public bool HasValidName => PluginName.IsValid(Name);

    /// <summary>All plugin folders, those of later roots first.</summary>
    public static IReadOnlyList<PluginFolder> Find(PluginRoots roots) => [.. roots.Roots.Reverse().SelectMany(Find)];

    /// <summary>Looks at the files of a folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <returns>A text that changes when a file does, or <c>null</c> when there is no file.</returns>
    public static string? FingerprintOf(string directory)
    {
        try
        {
            // The creation time tells builds apart whose archive gave every file the same date.
            var lines = new FileSystemEnumerable<string>(directory, Line, AllFiles) { ShouldIncludePredicate = (ref e) => !e.IsDirectory }.ToList();
            if (lines.Count == 0)
                return null;
            lines.Sort(StringComparer.Ordinal);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))).AsSpan(0, 16));
        }
        catch (IOException)
        {
            return null;
        }

        string Line(ref FileSystemEntry e) => string.Create(
            CultureInfo.InvariantCulture,
            $"{System.IO.Path.GetRelativePath(directory, e.ToFullPath())}:{e.Length}:{e.LastWriteTimeUtc.UtcTicks}:{e.CreationTimeUtc.UtcTicks}");
    }

    static IEnumerable<PluginFolder> Find(PluginRoot root)
    {
        try
        {
            return [.. from path in Directory.EnumerateDirectories(root.Path)
                       let name = System.IO.Path.GetFileName(path)
                       where !name.StartsWith('.')
                       let print = FingerprintOf(path)
                       where print is not null
                       orderby name
                       select new PluginFolder(name, path, root, print)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
