using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>A folder under one of the roots, and the state of its files when it was looked at.</summary>
/// <param name="Name">The folder's name, which must be the plugin's.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Root">Where it was found.</param>
/// <param name="Fingerprint">Changes when a file does.</param>
sealed record PluginFolder(string Name, string Path, PluginRoot Root, string Fingerprint)
{
    static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    public static StringComparer NameComparer => StringComparer.OrdinalIgnoreCase;

    public bool HasValidName => PluginName.IsValid(Name);

    /// <summary>All plugin folders, those of later roots first.</summary>
    public static IReadOnlyList<PluginFolder> Find(PluginRoots roots) => new PluginListing(roots, NullLogger<PluginListing>.Instance).Look();

    /// <summary>Lists what lies in a folder and below it. Links are listed and not followed, because one may lead back to where it is.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="transform">Makes the result of an entry.</param>
    /// <param name="include">Whether an entry belongs to the result.</param>
    public static IEnumerable<T> Entries<T>(string directory, FileSystemEnumerable<T>.FindTransform transform, FileSystemEnumerable<T>.FindPredicate? include = null) =>
        new FileSystemEnumerable<T>(directory, transform, Everything)
        {
            ShouldIncludePredicate = include,
            ShouldRecursePredicate = (ref e) => !e.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };

    /// <summary>Looks at the files of a folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <returns>A text that changes when a file does, or <c>null</c> when there is no file or no folder.</returns>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static string? FingerprintOf(string directory)
    {
        try
        {
            // The creation time tells builds apart whose archive gave every file the same date.
            var lines = Entries(directory, Line, (ref e) => !e.IsDirectory || e.Attributes.HasFlag(FileAttributes.ReparsePoint)).ToList();
            if (lines.Count == 0)
                return null;
            lines.Sort(StringComparer.Ordinal);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))).AsSpan(0, 16));
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }

        string Line(ref FileSystemEntry e) => string.Create(
            CultureInfo.InvariantCulture,
            $"{System.IO.Path.GetRelativePath(directory, e.ToFullPath())}:{e.Length}:{e.LastWriteTimeUtc.UtcTicks}:{e.CreationTimeUtc.UtcTicks}");
    }
}
