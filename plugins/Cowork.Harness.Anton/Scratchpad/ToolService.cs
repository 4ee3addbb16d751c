using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Lets cells use a tool of the model under the same name.</summary>
/// <param name="tool">The tool.</param>
/// <param name="toArguments">From what the cell gives to what the tool takes.</param>
/// <param name="isOffered">Whether cells of a turn get it.</param>
sealed class ToolService(ITool tool, Func<JsonElement, JsonElement> toArguments, Func<ToolContext, bool> isOffered) : ICellService
{
    public string Name => tool.Spec.Name;

    public bool IsOffered(ToolContext context) => isOffered(context);

    public async Task<JsonNode?> CallAsync(JsonElement arguments, ToolContext context, CancellationToken ct)
    {
        var outcome = await tool.RunAsync(new("", Name, toArguments(arguments)), context, ct);
        return outcome.IsError ? throw new ToolException(outcome.Text) : JsonValue.Create(context.Scrubber.Scrub(outcome.Text));
    }
}
