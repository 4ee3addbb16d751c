using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;
using ModelContextProtocol.Protocol;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>A tool of an MCP server. What does not say that it only reads asks for consent.</summary>
/// <param name="name">What models call it.</param>
sealed class McpTool(McpConnection connection, Tool tool, string name) : ITool
{
    const int LongestDescription = 1_000;

    public ToolSpec Spec { get; } = new(name, Cut(tool.Description ?? tool.Title ?? tool.Name), BinaryData.FromString(tool.InputSchema.GetRawText()));

    public bool IsReadOnly => tool.Annotations?.ReadOnlyHint == true;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        if (!IsReadOnly)
        {
            var subject = $"{connection.Server.Name}/{tool.Name}";
            var decision = await context.Services.RequestApprovalAsync(
                new("mcp_tool", $"Use “{tool.Title ?? tool.Name}” of the MCP server “{connection.Server.Name}”", subject) { Detail = context.Scrubber.Scrub(call.Arguments.GetRawText()), ToolUseId = call.Id }, ct);
            if (!decision.IsAllowed)
                return ToolOutcome.Error(decision.Reason);
        }

        var result = await connection.CallAsync(tool.Name, call.Arguments.EnumerateObject().ToDictionary(argument => argument.Name, argument => (object?)argument.Value), ct);
        return ToOutcome(result);
    }

    static string Cut(string text) => text.Length <= LongestDescription ? text : $"{text[..LongestDescription]}…";

    static ToolOutcome ToOutcome(CallToolResult result)
    {
        var text = new StringBuilder();
        var images = new List<ModelContent.Image>();
        foreach (var block in result.Content)
        {
            switch (block)
            {
                case TextContentBlock said:
                    text.AppendLine(said.Text);
                    break;
                case ImageContentBlock picture:
                    var bytes = BinaryData.FromBytes(picture.DecodedData);
                    images.Add(new(new AttachedFile(Guid.Empty, "picture", "", picture.MimeType, bytes.ToMemory().Length), bytes));
                    break;
                default:
                    text.Append('(').Append(block.Type).AppendLine(" that cannot be shown here)");
                    break;
            }
        }

        if (text.Length == 0 && result.StructuredContent is { } structured)
            text.Append(structured.GetRawText());
        return new(text.ToString().TrimEnd(), result.IsError == true) { Images = images };
    }
}
