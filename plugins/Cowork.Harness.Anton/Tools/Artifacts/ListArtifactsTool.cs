using System.Globalization;
using System.Text.Json;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Artifacts;

/// <summary>Shows which results there are.</summary>
sealed class ListArtifactsTool : ITool
{
    public ToolSpec Spec { get; } = new(
        "list_artifacts",
        "List the artifacts of the project, newest first.",
        BinaryData.FromString("""{"type":"object","properties":{}}"""));

    public bool IsReadOnly => true;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var artifacts = await context.Services.Artifacts.ListAsync(ct);
        IReadOnlyList<ListedArtifact> answer =
        [
            .. artifacts.Select(artifact => new ListedArtifact(
                artifact.Slug, artifact.Name, artifact.Type, artifact.Description, artifact.Files.Count, artifact.UpdatedAt.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture))),
        ];
        return new(JsonSerializer.Serialize(answer, ArtifactAnswer.Json.IReadOnlyListListedArtifact));
    }
}
