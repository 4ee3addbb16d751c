using System.Text;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Reads lines of a text file.</summary>
sealed class ReadFileTool : ITool
{
    const int MaxLines = 2000;
    // With the closing remark it stays below what the model reads of a result.
    const int MaxChars = 39_000;
    const long MaxCounted = 64 * 1024 * 1024;

    public ToolSpec Spec { get; } = new(
        "read_file",
        "Read a text file of the project, or an attached file by its name. At most 2000 lines at once; go on with offset.",
        BinaryData.FromString("""{"type":"object","properties":{"path":{"type":"string"},"offset":{"type":"integer","description":"first line, from 1"},"limit":{"type":"integer","description":"number of lines"}},"required":["path"]}"""));

    public bool IsReadOnly => true;

    public Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.ReadFileArguments);
        var path = ProjectFiles.Readable(context, arguments.Path);
        return ProjectFiles.TryAsync(arguments.Path, () => ReadAsync(path, arguments, ct));
    }

    static async Task<ToolOutcome> ReadAsync(string path, ReadFileArguments arguments, CancellationToken ct)
    {
        if (Directory.Exists(path))
            throw new ToolException($"“{arguments.Path}” is a folder. Use list_files.");
        await using var file = ProjectFiles.OpenRead(path);
        if (file.Length == 0)
            return new("(The file is empty.)");
        var encoding = await DetectAsync(file, ct) ?? throw new ToolException(NoText(arguments.Path, file.Length));
        var first = Math.Max(1, arguments.Offset ?? 1);
        var window = new LineWindow(first, Math.Clamp(arguments.Limit ?? MaxLines, 1, MaxLines), MaxChars);
        var isAll = await PassAsync(file, encoding, window, ct);
        if (window.Last < first)
            throw new ToolException($"The file has only {window.Lines} lines.");
        return new(window.Text + Remark(first, window, isAll, encoding));
    }

    static async Task<Encoding?> DetectAsync(FileStream file, CancellationToken ct)
    {
        var head = new byte[TextEncodings.Head];
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        file.Position = 0;
        return TextEncodings.Detect(head.AsSpan(0, length), isWhole: length == file.Length);
    }

    static async Task<bool> PassAsync(FileStream file, Encoding encoding, LineWindow window, CancellationToken ct)
    {
        using var reader = new StreamReader(file, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var buffer = new char[16 * 1024];
        while (file.Position <= MaxCounted || window.Text.Length == 0)
        {
            var length = await reader.ReadAsync(buffer, ct);
            if (length == 0)
                return true;
            window.Add(buffer.AsSpan(0, length));
        }

        return false;
    }

    static string Remark(int first, LineWindow window, bool isAll, Encoding encoding)
    {
        var remarks = new List<string>();
        if (window.IsLineCut)
            remarks.Add($"Line {window.Last} is longer than {MaxChars} characters and cut; use search_files or query_data for the rest");
        if (window.Last < window.Lines || !isAll)
            remarks.Add($"lines {first}–{window.Last} of {(isAll ? "" : "more than ")}{window.Lines}; go on with offset {window.Last + 1}");
        if (encoding.Equals(Encoding.Latin1))
            remarks.Add("not UTF-8, read as Latin-1");
        return remarks.Count == 0 ? "" : $"\n[{string.Join("; ", remarks)}]";
    }

    static string NoText(string path, long size) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" or ".jpg" or ".jpeg" or ".gif" or ".webp" => $"“{path}” is an image of {size} bytes. Use read_image.",
        ".db" or ".sqlite" or ".sqlite3" => $"“{path}” is a database of {size} bytes. Use query_data.",
        ".pdf" or ".docx" or ".xlsx" or ".pptx" or ".odt" or ".ods" or ".doc" or ".xls" or ".ppt" =>
            $"“{path}” is a document of {size} bytes, not plain text. Read it in the scratchpad with a Python library.",
        _ => $"“{path}” is a binary file of {size} bytes, not text. Look at it in the scratchpad, or with run_command.",
    };
}

sealed record ReadFileArguments
{
    public required string Path { get; init; }

    public int? Offset { get; init; }

    public int? Limit { get; init; }
}
