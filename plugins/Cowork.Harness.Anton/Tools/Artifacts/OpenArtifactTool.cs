using System.Text.Json;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Artifacts;

/// <summary>Shows one result with its files as they are on the disk.</summary>
sealed class OpenArtifactTool : ITool
{
    const int MaxFiles = 200;

    public ToolSpec Spec { get; } = new(
        "open_artifact",
        "Show an artifact with its folder and files.",
        BinaryData.FromString("""{"type":"object","properties":{"slug":{"type":"string"}},"required":["slug"]}"""));

    public bool IsReadOnly => true;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var slug = call.Read(ToolArguments.Default.OpenArtifactArguments).Slug;
        var artifact = await context.Services.Artifacts.FindAsync(slug, ct)
            ?? throw new ToolException($"There is no artifact “{slug}”. Use list_artifacts to see the slugs.");
        var files = artifact.Files.Take(MaxFiles).Select(file => new OpenedFile(file.Path, file.Size)).ToList();
        var answer = new OpenedArtifact(artifact.Id, artifact.Slug, artifact.Name, artifact.Type, artifact.Description, artifact.Primary, ArtifactAnswer.PathOf(artifact), files);
        return new(JsonSerializer.Serialize(answer, ArtifactAnswer.Json.OpenedArtifact));
    }
}

sealed record OpenArtifactArguments
{
    public required string Slug { get; init; }
}
