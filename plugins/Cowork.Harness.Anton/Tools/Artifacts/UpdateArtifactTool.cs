using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Artifacts;

/// <summary>Changes what is said about a result.</summary>
sealed class UpdateArtifactTool : ITool
{
    public ToolSpec Spec { get; } = new(
        "update_artifact",
        "Change an artifact's primary file (\"\" for none), description or backend port.",
        BinaryData.FromString("""{"type":"object","properties":{"slug":{"type":"string"},"primary":{"type":"string"},"description":{"type":"string"},"port":{"type":"integer"}},"required":["slug"]}"""));

    public bool IsReadOnly => false;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.UpdateArtifactArguments);
        if (arguments is { Primary: null, Description: null, Port: null })
            throw new ToolException("There is nothing to change. Give primary, description or port.");
        if (arguments.Port is < 1 or > 65535)
            throw new ToolException("The port must be between 1 and 65535.");
        var change = new ArtifactChange { Primary = arguments.Primary, Description = arguments.Description, Port = arguments.Port };
        var artifact = await context.Services.Artifacts.UpdateAsync(arguments.Slug, change, ct);
        return new(JsonSerializer.Serialize(new UpdatedArtifact(artifact.Slug, artifact.Primary, artifact.Port, artifact.Description), ArtifactAnswer.Json.UpdatedArtifact));
    }
}

sealed record UpdateArtifactArguments
{
    public required string Slug { get; init; }

    public string? Primary { get; init; }

    public string? Description { get; init; }

    public int? Port { get; init; }
}
