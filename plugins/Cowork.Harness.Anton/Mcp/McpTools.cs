using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>
/// The tools of the MCP servers of the user and of the project. A server that does not work is a warning and nothing more. One that a project brings and
/// that nobody has decided about is a tool by itself: a person is asked when the model wants it, and not before the first word.
/// </summary>
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
        // Named when all are there, in the order of the file: a name must not depend on which server was quicker.
        var names = new McpToolNames();
        return [.. found.SelectMany(tools => tools(names)).Take(MostTools)];
    }

    /// <summary>The tools of a server that may be used.</summary>
    /// <returns>Makes them; what models call them is decided then.</returns>
    /// <exception cref="ToolException">It cannot be used now; the message says why.</exception>
    public async Task<Func<McpToolNames, IReadOnlyList<ITool>>> ConnectAsync(McpServer server, CancellationToken ct)
    {
        var connection = servers.Get(server);
        try
        {
            var tools = await connection.ToolsAsync(ct).WaitAsync(Patience, time, ct);
            return names => [.. tools.Select(tool => new McpTool(connection, tool, names.Next(server.Name, tool.Name)))];
        }
        catch (TimeoutException)
        {
            throw new ToolException($"The MCP server “{server.Name}” is still starting. Its tools are there in the next turn.");
        }
    }

    async Task<Func<McpToolNames, IReadOnlyList<ITool>>> OfServerAsync(McpServer server, ToolContext context, CancellationToken ct)
    {
        if (server.IsOfProject)
        {
            if (context.Services.FindDecision(McpConnectTool.Consent(server)) is not { } decision)
                return names => [new McpConnectTool(server, this, names)];
            if (!decision.IsAllowed)
            {
                Warn(context, $"The MCP server “{server.Name}” of this project is not used: {decision.Reason}");
                return _ => [];
            }
        }

        try
        {
            return await ConnectAsync(server, ct);
        }
        catch (ToolException e)
        {
            Warn(context, e.Message);
            return _ => [];
        }
    }

    static void Warn(ToolContext context, string message) => context.Emit(new HarnessEvent.Warning("mcp_server_unavailable", message));
}
