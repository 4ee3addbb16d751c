using System.Globalization;
using System.Text;
using Cowork.Abstractions;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Memory;

/// <summary>The memory files as people edit them: two that every memory has, and any number of topics.</summary>
sealed partial class MemoryStore(AntonOptions options, ILogger<MemoryStore> logger)
{
    const int MaxContent = 256 * 1024;
    const int LongestName = 80;
    const string Topics = "topics";

    // Strict about nothing and without a byte order mark of its own: what is saved unread must stay as it was.
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    static readonly EnumerationOptions Visible = new() { IgnoreInaccessible = true };
    static readonly (string Path, string Category)[] Fixed = [("lessons.md", "lesson"), ("rules.md", "rule")];

    public async Task<IReadOnlyList<MemoryFile>> ListAsync(ProjectInfo? project, CancellationToken ct)
    {
        var files = new List<MemoryFile>();
        foreach (var (path, category) in Fixed)
        {
            if (await ReadAsync(project, path, ct) is { } content)
                files.Add(new(path, content) { Category = category });
        }

        foreach (var path in TopicPaths(project))
        {
            if (await ReadAsync(project, path, ct) is { } content)
                files.Add(new(path, content));
        }

        return files;
    }

    public async Task SaveAsync(ProjectInfo? project, string path, string content, CancellationToken ct)
    {
        var file = Resolve(project, path);
        var bytes = Utf8.GetBytes(WithOneNewline(content));
        if (bytes.Length > MaxContent)
            throw new HarnessException("memory_too_large", $"A memory file may have at most {MaxContent / 1024} KiB: the agent reads it for every answer. Shorten the text.");
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(file)!).FullName;
        var temp = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            await File.WriteAllBytesAsync(temp, bytes, ct);
            File.Move(temp, file, overwrite: true);
        }
        catch
        {
            File.Delete(temp);
            throw;
        }
    }

    public void Delete(ProjectInfo? project, string path)
    {
        var file = Resolve(project, path);
        if (File.Exists(file))
            File.Delete(file);
        else if (!Fixed.Any(known => known.Path == path))
            throw Unknown();
    }

    /// <summary>Where a memory begins: nothing that lies below may be a link.</summary>
    (string Anchor, string Folder) Root(ProjectInfo? project) =>
        project is null ? (options.GlobalMemoryRoot, "") : (project.Directory, ".anton/memory/");

    async Task<string?> ReadAsync(ProjectInfo? project, string path, CancellationToken ct)
    {
        try
        {
            var file = Resolve(project, path);
            return File.Exists(file) ? Utf8.GetString(await File.ReadAllBytesAsync(file, ct)) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HarnessException)
        {
            FileLeftOut(logger, path, e.Message);
            return null;
        }
    }

    IEnumerable<string> TopicPaths(ProjectInfo? project)
    {
        var (anchor, below) = Root(project);
        var folder = Path.Combine(anchor, below, Topics);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", Visible).Select(file => $"{Topics}/{Path.GetFileName(file)}").Where(IsTopic).Order(StringComparer.Ordinal)
            : [];
    }

    /// <summary>
    /// Only known names pass, so no path can lead out; and no link on the way is followed, because an agent may have put it
    /// there.
    /// </summary>
    string Resolve(ProjectInfo? project, string path)
    {
        if (!Fixed.Any(known => known.Path == path) && !IsTopic(path))
            throw Unknown();
        var (full, below) = Root(project);
        foreach (var part in $"{below}{path}".Split('/'))
        {
            full = Path.Combine(full, part);
            if (new FileInfo(full).LinkTarget is not null)
                throw new HarnessException("unsafe_path", "This memory file is a link to another place. Replace the link by a file.");
        }

        return full;
    }

    /// <summary>Whether a path is a topic's, with a name that every file system takes.</summary>
    static bool IsTopic(string path) =>
        path.Split('/') is [Topics, var name]
        && name.Length is > 3 and <= LongestName
        && name.EndsWith(".md", StringComparison.Ordinal)
        && (char.IsLetterOrDigit(name[0]) || name[0] == '_')
        && name.All(c => char.IsLetterOrDigit(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark || " _.,()-".Contains(c, StringComparison.Ordinal));

    /// <summary>One at the end whatever came, so that loading and saving never makes a file longer; nothing stays nothing.</summary>
    static string WithOneNewline(string content) =>
        content.Length == 0 ? "" : content.TrimEnd('\r', '\n') + (content.EndsWith("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n");

    static HarnessException Unknown() =>
        new("unknown_memory_file", "There is no such memory file. There are lessons.md, rules.md, and topics/<name>.md.");

    [LoggerMessage(1, LogLevel.Warning, "The memory file {File} was left out: {Reason}")]
    static partial void FileLeftOut(ILogger logger, string file, string reason);
}
