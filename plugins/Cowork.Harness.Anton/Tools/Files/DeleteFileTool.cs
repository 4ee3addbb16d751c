using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Deletes a file or a folder; outside the agent's own results only with leave.</summary>
sealed class DeleteFileTool : ITool
{
    public ToolSpec Spec { get; } = new(
        "delete_file",
        "Delete a file or an empty folder of the project; the user may be asked first.",
        BinaryData.FromString("""{"type":"object","properties":{"path":{"type":"string"},"recursive":{"type":"boolean","description":"a folder with all that is in it"}},"required":["path"]}"""));

    public bool IsReadOnly => false;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.DeleteFileArguments);
        var full = ProjectFiles.Writable(context, arguments.Path);
        var name = ProjectFiles.Display(context, full);
        var isFolder = Directory.Exists(full);
        if (!isFolder && !File.Exists(full))
            throw new ToolException($"There is no “{name}”.");
        var isEmpty = isFolder && !Directory.EnumerateFileSystemEntries(full).Any();
        if (isFolder && !isEmpty && arguments.Recursive != true)
            throw new ToolException($"The folder {name} is not empty. Set recursive to delete all that is in it.");

        if (!ProjectFiles.IsArtifact(context, full))
        {
            var summary = isFolder && !isEmpty ? $"Delete the folder “{name}” with all that is in it" : $"Delete “{name}”";
            var decision = await context.Services.RequestApprovalAsync(
                new("delete_file", summary, name) { Detail = full, ToolUseId = call.Id },
                ct);
            if (!decision.IsAllowed)
                return ToolOutcome.Error($"{name} was not deleted. {decision.Reason}");
        }

        return await ProjectFiles.TryAsync(name, () => Task.Run(() => Delete(full, name, isFolder), ct));
    }

    static ToolOutcome Delete(string full, string name, bool isFolder)
    {
        if (isFolder)
            Directory.Delete(full, recursive: true);
        else
            File.Delete(full);
        return new($"Deleted {name}.");
    }
}

sealed record DeleteFileArguments
{
    public required string Path { get; init; }

    public bool? Recursive { get; init; }
}
