using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>
/// Connects a server that a project brings. A project may have come from somewhere else, so what it wants to run or call is shown to a person first; its tools
/// join the turn when that person agrees.
/// </summary>
sealed class McpConnectTool(McpServer server, McpTools source, McpToolNames names) : ITool
{
    public ToolSpec Spec { get; } = new(
        names.Next(server.Name, tool: null),
        $"Connect the MCP server “{server.Name}” that this project brings, when the task needs it. The person is asked; its tools are there in the next round.",
        BinaryData.FromString("""{"type":"object","properties":{}}"""));

    public bool IsReadOnly => false;

    public static ApprovalRequest Consent(McpServer server) =>
        new("mcp_server", $"Use the MCP server “{server.Name}” that this project brings", $"{server.Name}: {server.Config.Summary}") { Detail = server.Config.Summary };

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var decision = await context.Services.RequestApprovalAsync(Consent(server) with { ToolUseId = call.Id }, ct);
        if (!decision.IsAllowed)
            return ToolOutcome.Error(decision.Reason);
        var tools = (await source.ConnectAsync(server, ct))(names);
        context.Join(tools);
        return new($"Connected. You have from now on: {string.Join(", ", tools.Select(tool => tool.Spec.Name))}.");
    }
}
