using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Replaces a piece of a text file and leaves everything else as it is: byte order mark, encoding, line endings.</summary>
sealed class EditFileTool : ITool
{
    const long MaxSize = 10 * 1024 * 1024;

    public ToolSpec Spec { get; } = new(
        "edit_file",
        "Replace old_text, which must occur exactly once, by new_text in a text file of the project.",
        BinaryData.FromString("""{"type":"object","properties":{"path":{"type":"string"},"old_text":{"type":"string","description":"exact, with enough lines around to be unique"},"new_text":{"type":"string"},"replace_all":{"type":"boolean"}},"required":["path","old_text","new_text"]}"""));

    public bool IsReadOnly => false;

    public Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.EditFileArguments);
        var path = ProjectFiles.Writable(context, arguments.Path);
        return ProjectFiles.TryAsync(arguments.Path, () => EditAsync(path, arguments, ct));
    }

    static async Task<ToolOutcome> EditAsync(string path, EditFileArguments arguments, CancellationToken ct)
    {
        if (arguments.OldText.Length == 0)
            throw new ToolException("old_text is empty. Use write_file for a new file.");
        if (arguments.OldText == arguments.NewText)
            throw new ToolException("old_text and new_text are the same: there is nothing to change.");
        if (Directory.Exists(path) || new FileInfo(path).Length > MaxSize)
            throw new ToolException($"“{arguments.Path}” is a folder, or larger than {MaxSize / 1024 / 1024} MiB. Change it in the scratchpad.");
        var bytes = await ProjectFiles.ReadAllAsync(path, ct);
        var encoding = TextEncodings.Detect(bytes, isWhole: true);
        if (encoding is null || encoding.Decode(bytes) is not { } text || encoding.TryEncode(text)?.AsSpan().SequenceEqual(bytes) != true)
            throw new ToolException($"“{arguments.Path}” is not a text file. Change it in the scratchpad.");

        var (oldText, newText) = InLineEndingsOf(text, arguments.OldText, arguments.NewText);
        var count = Count(text, oldText);
        if (count == 0)
            throw new ToolException($"old_text does not occur in {arguments.Path}.{Near(text, oldText)} Read the file again and copy the text exactly.");
        if (count > 1 && arguments.ReplaceAll != true)
            throw new ToolException($"old_text occurs {count} times in {arguments.Path}. Add lines around it to make it unique, or set replace_all.");
        var changed = encoding.TryEncode(text.Replace(oldText, newText, StringComparison.Ordinal))
            ?? throw new ToolException($"“{arguments.Path}” is not UTF-8 and cannot hold some characters of new_text. Use write_file to write it anew.");
        await AtomicFile.WriteAsync(path, changed, ct);
        return new($"Changed {count} {(count == 1 ? "place" : "places")} in {arguments.Path}.");
    }

    /// <summary>Models write <c>\n</c>, whatever the file has.</summary>
    static (string Old, string New) InLineEndingsOf(string text, string oldText, string newText)
    {
        var isWindows = text.Contains("\r\n", StringComparison.Ordinal);
        if (!isWindows || text.Contains(oldText, StringComparison.Ordinal) && !newText.Contains('\n', StringComparison.Ordinal))
            return (oldText, newText);
        var converted = oldText.ReplaceLineEndings("\r\n");
        return text.Contains(converted, StringComparison.Ordinal) ? (converted, newText.ReplaceLineEndings("\r\n")) : (oldText, newText);
    }

    static int Count(string text, string part)
    {
        var count = 0;
        for (var i = text.IndexOf(part, StringComparison.Ordinal); i >= 0; i = text.IndexOf(part, i + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }

    static string Near(string text, string oldText)
    {
        var wanted = oldText.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0);
        if (wanted is null)
            return "";
        var lines = text.Split('\n');
        var index = Array.FindIndex(lines, line => line.Trim() == wanted);
        return index < 0 ? "" : $" Its first line is like line {index + 1}, but blanks or later lines differ.";
    }
}

sealed record EditFileArguments
{
    public required string Path { get; init; }

    public required string OldText { get; init; }

    public required string NewText { get; init; }

    public bool? ReplaceAll { get; init; }
}
