using System.Text.RegularExpressions;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Tools.Files;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Memory;

/// <summary>What Anton was told to remember, for everyone or for one project.</summary>
/// <param name="Lessons">One per entry, oldest first.</param>
/// <param name="Rules">Markdown as written, without the machine's remarks.</param>
sealed record MemoryNotes(IReadOnlyList<string> Lessons, string Rules)
{
    /// <summary>What is known of the person, one fact per entry, of facts with the same key only the newest; empty for projects.</summary>
    public IReadOnlyList<string> Profile { get; init; } = [];
}

/// <summary>Reads the memory files. People edit them by hand, so nothing about their form is taken for granted.</summary>
sealed partial class MemoryFiles(AntonOptions options, ILogger<MemoryFiles> logger)
{
    const int MaxFile = 256 * 1024;

    public async Task<MemoryNotes> ReadGlobalAsync(CancellationToken ct)
    {
        var notes = await ReadAsync(options.GlobalMemoryRoot, ct);
        var profile = WithoutComments(await ReadTextAsync(Path.Combine(options.GlobalMemoryRoot, MemoryStore.ProfileFile), ct));
        return notes with { Profile = MemoryText.NewestFacts(Bullets(profile)) };
    }

    public Task<MemoryNotes> ReadProjectAsync(ProjectInfo project, CancellationToken ct) =>
        ReadAsync(Path.Combine(project.Directory, ".anton", "memory"), ct);

    /// <summary>A text file of limited size, or an empty text when it is missing, too large or unreadable: memory never fails a turn.</summary>
    public async Task<string> ReadTextAsync(string path, CancellationToken ct)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return "";
            if (file.Length <= MaxFile)
            {
                using var reader = new StreamReader(ProjectFiles.OpenRead(path));
                return await reader.ReadToEndAsync(ct);
            }

            FileIgnored(logger, file.Name, file.Length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ToolException)
        {
            FileUnreadable(logger, Path.GetFileName(path), exception.Message);
        }

        return "";
    }

    /// <summary>Removes HTML comments: dates and sources for the machine, hints for people.</summary>
    public static string WithoutComments(string markdown) => Comment().Replace(markdown, "");

    async Task<MemoryNotes> ReadAsync(string root, CancellationToken ct)
    {
        var automatic = WithoutComments(await ReadTextAsync(Path.Combine(root, MemoryStore.AutomaticLessonsFile), ct));
        var lessons = WithoutComments(await ReadTextAsync(Path.Combine(root, MemoryStore.LessonsFile), ct));
        var rules = WithoutComments(await ReadTextAsync(Path.Combine(root, MemoryStore.RulesFile), ct));
        // Where there is not room for all, the first ones go: what people asked for stays longest.
        return new([.. Bullets(automatic), .. Bullets(lessons)], WithoutEmptySections(rules));
    }

    static IEnumerable<string> Bullets(string text) => Lines(text).Where(line => line.StartsWith("- ", StringComparison.Ordinal) && line.Length > 2);

    /// <summary>The file always has its three headings; alone they would only cost tokens.</summary>
    static string WithoutEmptySections(string rules)
    {
        var kept = new List<string>();
        var headings = new List<string>();
        foreach (var line in Lines(rules))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
                continue;
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                headings = [line];
                continue;
            }

            kept.AddRange(headings);
            headings.Clear();
            kept.Add(line);
        }

        return string.Join('\n', kept);
    }

    static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("<!--.*?(-->|\\z)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comment();

    [LoggerMessage(1, LogLevel.Warning, "{File} has {Length} bytes, which is too much for a prompt; it was ignored.")]
    static partial void FileIgnored(ILogger logger, string file, long length);

    [LoggerMessage(2, LogLevel.Warning, "{File} could not be read: {Reason}")]
    static partial void FileUnreadable(ILogger logger, string file, string reason);
}
