using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Finds lines in text files.</summary>
sealed class SearchFilesTool : ITool
{
    const int MaxHits = 200;
    const int MaxLine = 300;
    const long MaxFile = 20 * 1024 * 1024;
    static readonly TimeSpan LineTimeout = TimeSpan.FromSeconds(1);

    public ToolSpec Spec { get; } = new(
        "search_files",
        "Find lines that match a regular expression in the text files of the project. Answers path:line: text.",
        BinaryData.FromString("""{"type":"object","properties":{"pattern":{"type":"string"},"literal":{"type":"boolean","description":"pattern is plain text"},"ignore_case":{"type":"boolean"},"path":{"type":"string","description":"file or folder"},"glob":{"type":"string","description":"only these files, e.g. *.md"}},"required":["pattern"]}"""));

    public bool IsReadOnly => true;

    public Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.SearchFilesArguments);
        var path = string.IsNullOrWhiteSpace(arguments.Path) ? "." : arguments.Path;
        var full = ProjectFiles.Readable(context, path);
        var regex = Compile(arguments);
        var glob = string.IsNullOrWhiteSpace(arguments.Glob) ? null : new Glob(arguments.Glob);
        return ProjectFiles.TryAsync(path, () => Task.Run(() => SearchAsync(context, full, regex, glob, ct), ct));
    }

    static async Task<ToolOutcome> SearchAsync(ToolContext context, string full, Regex regex, Glob? glob, CancellationToken ct)
    {
        var found = new Findings();
        foreach (var file in Files(context, full, glob, ct))
        {
            if (file.Length > MaxFile)
                found.Skipped++;
            else
                await SearchAsync(file, ProjectFiles.Display(context, file.FullName), regex, found, ct);
            if (found.IsFull)
                break;
        }

        return new(found.ToString());
    }

    static IEnumerable<FileInfo> Files(ToolContext context, string full, Glob? glob, CancellationToken ct)
    {
        if (File.Exists(full))
            return [new(full)];
        return FileWalk.Below(new(full), ProjectFiles.Place(context, full), isRecursive: true, ct)
            .OfType<FileInfo>()
            .Where(file => !FileWalk.IsLink(file) && (glob is null || glob.IsMatch(Path.GetRelativePath(full, file.FullName).Replace('\\', '/'))));
    }

    static async Task SearchAsync(FileInfo file, string name, Regex regex, Findings found, CancellationToken ct)
    {
        byte[] bytes;
        try
        {
            bytes = await ProjectFiles.ReadAllAsync(file.FullName, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ToolException)
        {
            // One file that cannot be read does not end a search; it is counted.
            found.Skipped++;
            return;
        }

        if (TextEncodings.Detect(bytes, isWhole: true) is not { } encoding)
            return;
        var number = 0;
        foreach (var line in encoding.Decode(bytes).AsSpan().EnumerateLines())
        {
            ct.ThrowIfCancellationRequested();
            number++;
            if (FirstMatch(regex, line) is { } index)
                found.Add(name, number, line, index);
            if (found.IsFull)
                return;
        }
    }

    static int? FirstMatch(Regex regex, ReadOnlySpan<char> line)
    {
        try
        {
            foreach (var match in regex.EnumerateMatches(line))
                return match.Index;
            return null;
        }
        catch (RegexMatchTimeoutException)
        {
            throw new ToolException("The pattern takes too long on this text. Use a simpler one, without nested repetition, or set literal.");
        }
    }

    static Regex Compile(SearchFilesArguments arguments)
    {
        if (arguments.Pattern.Length == 0)
            throw new ToolException("The pattern is empty.");
        var pattern = arguments.Literal == true ? Regex.Escape(arguments.Pattern) : arguments.Pattern;
        var options = RegexOptions.CultureInvariant | (arguments.IgnoreCase == true ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return new(pattern, options | RegexOptions.NonBacktracking, LineTimeout);
        }
        catch (NotSupportedException)
        {
            // Look-around and back references need the other engine; the time limit holds it.
            return new(pattern, options, LineTimeout);
        }
        catch (RegexParseException e)
        {
            throw new ToolException($"The pattern is no regular expression ({e.Error} at position {e.Offset}). Correct it, or set literal.");
        }
    }

    sealed class Findings
    {
        readonly StringBuilder _text = new();
        int _count;

        public int Skipped { get; set; }

        public bool IsFull => _count >= MaxHits;

        public void Add(string name, int number, ReadOnlySpan<char> line, int index)
        {
            _count++;
            var start = Math.Clamp(index - (MaxLine / 3), 0, Math.Max(0, line.Length - MaxLine));
            var shown = line.Slice(start, Math.Min(MaxLine, line.Length - start));
            _text.Append(CultureInfo.InvariantCulture, $"{name}:{number}: {(start > 0 ? "…" : "")}{shown}{(start + shown.Length < line.Length ? "…" : "")}\n");
        }

        public override string ToString()
        {
            if (_count == 0)
                _text.Append("No line matches.\n");
            if (IsFull)
                _text.Append(CultureInfo.InvariantCulture, $"[the first {MaxHits} lines; narrow it with path, glob or pattern]\n");
            if (Skipped > 0)
                _text.Append(CultureInfo.InvariantCulture, $"[{Skipped} files were too large or could not be read]\n");
            return _text.ToString().TrimEnd('\n');
        }
    }
}

sealed record SearchFilesArguments
{
    public required string Pattern { get; init; }

    public bool? Literal { get; init; }

    public bool? IgnoreCase { get; init; }

    public string? Path { get; init; }

    public string? Glob { get; init; }
}
