using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>The tools of the MCP servers of the user and of the project. A server that does not work is a warning and nothing more.</summary>
sealed class McpTools(McpFiles files, McpServers servers, TimeProvider time) : IToolSource
{
    const int MostTools = 128;

    /// <summary>How long a turn waits for servers that are still starting; they are there in the next one.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async ValueTask<IReadOnlyList<ITool>> ToolsAsync(ToolContext context, CancellationToken ct)
    {
        var (configured, problems) = files.Read(context.Project.Directory);
        foreach (var problem in problems)
            Warn(context, problem);
        if (configured.Count == 0)
            return [];
        var found = await Task.WhenAll(configured.Select(server => OfServerAsync(server, context, ct)));
        return [.. found.SelectMany(tools => tools).DistinctBy(tool => tool.Spec.Name).Take(MostTools)];
    }

    async Task<IReadOnlyList<ITool>> OfServerAsync(McpServer server, ToolContext context, CancellationToken ct)
    {
        // A project may have come from somewhere else: what it wants to run is shown first.
        if (server.IsOfProject)
        {
            var decision = await context.Services.RequestApprovalAsync(
                new("mcp_server", $"Use the MCP server “{server.Name}” that this project brings", $"{server.Name}: {server.Config.Summary}") { Detail = server.Config.Summary }, ct);
            if (!decision.IsAllowed)
            {
                Warn(context, $"The MCP server “{server.Name}” of this project is not used: {decision.Reason}");
                return [];
            }
        }

        var connection = servers.Get(server);
        try
        {
            var tools = await connection.ToolsAsync(ct).WaitAsync(Patience, time, ct);
            return [.. tools.Select(tool => new McpTool(connection, tool))];
        }
        catch (TimeoutException)
        {
            Warn(context, $"The MCP server “{server.Name}” is still starting. Its tools are there in the next turn.");
            return [];
        }
        catch (ToolException e)
        {
            Warn(context, e.Message);
            return [];
        }
    }

    static void Warn(ToolContext context, string message) => context.Emit(new HarnessEvent.Warning("mcp_server_unavailable", message));
}
