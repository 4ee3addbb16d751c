using System.Text;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Writes a whole text file.</summary>
sealed class WriteFileTool : ITool
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public ToolSpec Spec { get; } = new(
        "write_file",
        "Create or replace a text file (UTF-8) of the project; folders are created. For small changes use edit_file.",
        BinaryData.FromString("""{"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}},"required":["path","content"]}"""));

    public bool IsReadOnly => false;

    public Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.WriteFileArguments);
        var path = ProjectFiles.Writable(context, arguments.Path);
        return ProjectFiles.TryAsync(arguments.Path, () => WriteAsync(path, arguments, ct));
    }

    static async Task<ToolOutcome> WriteAsync(string path, WriteFileArguments arguments, CancellationToken ct)
    {
        if (Directory.Exists(path))
            throw new ToolException($"“{arguments.Path}” is a folder. Name a file.");
        var bytes = Utf8.GetBytes(arguments.Content);
        var isNew = !File.Exists(path);
        await AtomicFile.WriteAsync(path, bytes, ct);
        return new($"{(isNew ? "Created" : "Replaced")} {arguments.Path} ({bytes.Length} bytes).");
    }
}

sealed record WriteFileArguments
{
    public required string Path { get; init; }

    public required string Content { get; init; }
}
