using System.Text.Json;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Artifacts;

/// <summary>Makes the folder of a result for the user.</summary>
sealed class CreateArtifactTool : ITool
{
    public ToolSpec Spec { get; } = new(
        "create_artifact",
        "Create the folder of a result that the user opens in the app (page, document, data, image). Then write its files below the path it answers.",
        BinaryData.FromString("""{"type":"object","properties":{"name":{"type":"string"},"description":{"type":"string"},"type":{"type":"string","enum":["html-app","document","dataset","image","mixed","fullstack-stateless-app","fullstack-stateful-app"]},"primary":{"type":"string","description":"file to open first"}},"required":["name","description","type"]}"""));

    public bool IsReadOnly => false;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.CreateArtifactArguments);
        var primary = string.IsNullOrWhiteSpace(arguments.Primary) ? null : arguments.Primary;
        var artifact = await context.Services.Artifacts.CreateAsync(new(arguments.Name, arguments.Description ?? "", arguments.Type, primary), ct);
        var answer = new CreatedArtifact(artifact.Id, artifact.Slug, artifact.Name, artifact.Type, artifact.Primary, ArtifactAnswer.PathOf(artifact));
        return new(JsonSerializer.Serialize(answer, ArtifactAnswer.Json.CreatedArtifact));
    }
}

sealed record CreateArtifactArguments
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Type { get; init; }

    public string? Primary { get; init; }
}
