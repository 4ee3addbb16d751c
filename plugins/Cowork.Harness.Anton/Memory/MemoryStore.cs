using System.Globalization;
using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Tools.Files;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Memory;

/// <summary>The memory files as people edit them: two that every memory has, what Anton noted by itself, and any number of topics.</summary>
sealed partial class MemoryStore(AntonOptions options, TimeProvider time, ILogger<MemoryStore> logger)
{
    const int MaxContent = 256 * 1024;
    const int LongestName = 80;
    const string Topics = "topics";

    public const string LessonsFile = "lessons.md";
    public const string RulesFile = "rules.md";
    public const string ProfileFile = "profile.md";
    public const string AutomaticLessonsFile = "automatic-lessons.md";

    // Strict about nothing and without a byte order mark of its own: what is saved unread must stay as it was.
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    static readonly EnumerationOptions Visible = new() { IgnoreInaccessible = true };
    static readonly (string Path, string Category)[] Fixed = [(LessonsFile, "lesson"), (RulesFile, "rule")];

    // One writer at a time: two turns may remember something at once, while a person saves.
    readonly SemaphoreSlim _writing = new(1, 1);

    public async Task<IReadOnlyList<MemoryFile>> ListAsync(ProjectInfo? project, CancellationToken ct)
    {
        var files = new List<MemoryFile>();
        foreach (var (path, category) in Fixed)
        {
            if (await ReadAsync(project, path, ct) is { } content)
                files.Add(new(path, content) { Category = category });
        }

        if (await ReadAsync(project, AutomaticLessonsFile, ct) is { Length: > 0 } automatic)
            files.Add(new(AutomaticLessonsFile, automatic));
        files.AddRange(await TopicsAsync(project, ct));
        return files;
    }

    /// <summary>The files about one topic each, in the order of their names.</summary>
    public async Task<IReadOnlyList<MemoryFile>> TopicsAsync(ProjectInfo? project, CancellationToken ct)
    {
        var files = new List<MemoryFile>();
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
        await _writing.WaitAsync(ct);
        try
        {
            await AtomicFile.WriteAsync(file, bytes, ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Adds a lesson that nobody asked for to the file of its own, where people see it and delete the line to undo it.</summary>
    /// <returns>Whether it was new.</returns>
    public Task<bool> AppendAutomaticLessonAsync(ProjectInfo? project, string text, string? topic, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime(time.GetLocalNow().Date);
        return ChangeAsync(project, AutomaticLessonsFile, old => MemoryText.WithLesson(old, "# Automatic lessons", text, topic, day), ct);
    }

    /// <summary>Changes a file, also the profile, with no other writer between reading and writing.</summary>
    /// <param name="project">The project, or <c>null</c> for the memory that all projects share.</param>
    /// <param name="path">A file that every memory may have.</param>
    /// <param name="change">From the old text, empty when there is no file, to the new one; <c>null</c> to leave it.</param>
    /// <param name="ct">The turn's token.</param>
    /// <returns>Whether there was a change.</returns>
    /// <exception cref="HarnessException">The file cannot be changed without harm.</exception>
    public async Task<bool> ChangeAsync(ProjectInfo? project, string path, Func<string, string?> change, CancellationToken ct)
    {
        var file = WithoutLinks(project, path);
        await _writing.WaitAsync(ct);
        try
        {
            var old = File.Exists(file) ? await ProjectFiles.ReadAllAsync(file, ct) : [];
            var text = Utf8.GetString(old);
            if (!Utf8.GetBytes(text).AsSpan().SequenceEqual(old))
                throw new HarnessException("memory_not_utf8", $"{path} is not UTF-8, so nothing was added. Save it as UTF-8.");
            if (change(text) is not { } changed)
                return false;
            var bytes = Utf8.GetBytes(changed);
            if (bytes.Length > MaxContent)
                throw new HarnessException("memory_too_large", $"{path} is full. Shorten it first.");
            await AtomicFile.WriteAsync(file, bytes, ct);
            return true;
        }
        finally
        {
            _writing.Release();
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
            return File.Exists(file) ? Utf8.GetString(await ProjectFiles.ReadAllAsync(file, ct)) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HarnessException or ToolException)
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
        if (path != AutomaticLessonsFile && !Fixed.Any(known => known.Path == path) && !IsTopic(path))
            throw Unknown();
        return WithoutLinks(project, path);
    }

    string WithoutLinks(ProjectInfo? project, string path)
    {
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
        new("unknown_memory_file", "There is no such memory file. There are lessons.md, rules.md, automatic-lessons.md and topics/<name>.md.");

    [LoggerMessage(1, LogLevel.Warning, "The memory file {File} was left out: {Reason}")]
    static partial void FileLeftOut(ILogger logger, string file, string reason);
}
