using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;
using ModelContextProtocol.Protocol;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>A tool of an MCP server. What does not say that it only reads asks for consent.</summary>
sealed class McpTool(McpConnection connection, Tool tool) : ITool
{
    const int LongestName = 64;
    const int LongestDescription = 1_000;

    public ToolSpec Spec { get; } = new(NameOf(connection.Server.Name, tool.Name), Cut(tool.Description ?? tool.Title ?? tool.Name), BinaryData.FromString(tool.InputSchema.GetRawText()));

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

        var result = await connection.CallAsync(tool.Name, call.Arguments.EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value), ct);
        return ToOutcome(result);
    }

    /// <summary>Providers allow letters, digits, <c>_</c> and <c>-</c> in names of tools, and 64 of them.</summary>
    static string NameOf(string server, string name)
    {
        var full = new StringBuilder($"mcp__{server}__{name}");
        for (var i = 0; i < full.Length; i++)
            if (!char.IsAsciiLetterOrDigit(full[i]) && full[i] is not ('_' or '-'))
                full[i] = '_';
        return full.ToString(0, Math.Min(full.Length, LongestName));
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
