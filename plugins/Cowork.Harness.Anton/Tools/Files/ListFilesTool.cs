using System.Globalization;
using System.Text;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Shows what is in a folder.</summary>
sealed class ListFilesTool : ITool
{
    const int MaxEntries = 500;

    public ToolSpec Spec { get; } = new(
        "list_files",
        "List a folder of the project, with sizes in bytes. Folders end with /.",
        BinaryData.FromString("""{"type":"object","properties":{"path":{"type":"string","description":"default: the project folder"},"pattern":{"type":"string","description":"glob, e.g. *.csv or src/**/*.py"},"recursive":{"type":"boolean"}}}"""));

    public bool IsReadOnly => true;

    public Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.ListFilesArguments);
        var path = string.IsNullOrWhiteSpace(arguments.Path) ? "." : arguments.Path;
        var root = new DirectoryInfo(ProjectFiles.Readable(context, path));
        return ProjectFiles.TryAsync(path, () => Task.Run(() => List(root, ProjectFiles.Place(context, root.FullName), path, arguments, ct), ct));
    }

    static ToolOutcome List(DirectoryInfo root, string place, string path, ListFilesArguments arguments, CancellationToken ct)
    {
        if (File.Exists(root.FullName))
            throw new ToolException($"“{path}” is a file. Use read_file.");
        var glob = string.IsNullOrWhiteSpace(arguments.Pattern) ? null : new Glob(arguments.Pattern);
        var isRecursive = arguments.Recursive ?? arguments.Pattern?.Contains('/', StringComparison.Ordinal) == true;
        var text = new StringBuilder();
        var count = 0;
        foreach (var entry in FileWalk.Below(root, place, isRecursive, ct))
        {
            var relative = Path.GetRelativePath(root.FullName, entry.FullName).Replace('\\', '/');
            if (glob is not null && !glob.IsMatch(relative))
                continue;
            if (count++ < MaxEntries)
                text.Append(relative).Append(Describe(entry)).Append('\n');
        }

        if (count > MaxEntries)
            text.Append(CultureInfo.InvariantCulture, $"[{MaxEntries} of {count} entries; narrow it with path or pattern]");
        return new(count == 0 ? "(Nothing there.)" : text.ToString().TrimEnd('\n'));
    }

    static string Describe(FileSystemInfo entry) => entry switch
    {
        _ when FileWalk.IsLink(entry) => "  (link)",
        FileInfo file => string.Create(CultureInfo.InvariantCulture, $"  {file.Length}"),
        _ => "/",
    };
}

sealed record ListFilesArguments
{
    public string? Path { get; init; }

    public string? Pattern { get; init; }

    public bool? Recursive { get; init; }
}
