using System.Globalization;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Lets the model look at a picture.</summary>
sealed class ReadImageTool : ITool
{
    // What providers take, after the third that base64 adds.
    const long MaxEncoded = 5 * 1024 * 1024;

    public ToolSpec Spec { get; } = new(
        "read_image",
        "Look at an image (PNG, JPEG, GIF, WebP) of the project or an attached one.",
        BinaryData.FromString("""{"type":"object","properties":{"file_path":{"type":"string"}},"required":["file_path"]}"""));

    public bool IsReadOnly => true;

    public Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.ReadImageArguments);
        var path = ProjectFiles.Readable(context, arguments.FilePath);
        return ProjectFiles.TryAsync(arguments.FilePath, () => ReadAsync(path, arguments.FilePath, ct));
    }

    static async Task<ToolOutcome> ReadAsync(string path, string name, CancellationToken ct)
    {
        if (Directory.Exists(path))
            throw new ToolException($"“{name}” is a folder. Name an image file.");
        var size = new FileInfo(path).Length;
        if ((size + 2) / 3 * 4 > MaxEncoded)
            throw new ToolException($"“{name}” has {size} bytes, more than a model can take ({MaxEncoded / 4 * 3} bytes). Make a smaller copy first, for example with Pillow in the scratchpad.");
        var bytes = await ProjectFiles.ReadAllAsync(path, ct);
        var header = ImageHeader.Read(bytes)
            ?? throw new ToolException($"“{name}” is no PNG, JPEG, GIF or WebP image. Convert it first, for example with Pillow in the scratchpad.");
        var pixels = header.Width > 0 ? string.Create(CultureInfo.InvariantCulture, $", {header.Width} × {header.Height} pixels") : "";
        var file = new Abstractions.AttachedFile(Guid.Empty, Path.GetFileName(path), path, header.ContentType, size);
        return new($"{name}: {header.ContentType}{pixels}, {size} bytes.") { Images = [new(file, BinaryData.FromBytes(bytes))] };
    }
}

sealed record ReadImageArguments
{
    public required string FilePath { get; init; }
}
