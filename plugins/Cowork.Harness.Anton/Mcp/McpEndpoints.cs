using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>Shows how the MCP servers are: all of the user, and those of projects that are in use.</summary>
static class McpEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/mcp", List);

    static IResult List(McpFiles files, McpServers servers)
    {
        var (configured, problems) = files.Read(folder: null);
        var shown = configured.Select(servers.Get).Concat(servers.Known.Where(c => c.Server.IsOfProject).OrderBy(c => c.Server.Key, StringComparer.Ordinal));
        return TypedResults.Json(new McpHealth([.. shown.Select(Of)], problems), McpHealthJson.Default.McpHealth);
    }

    static McpServerHealth Of(McpConnection connection) =>
        new(connection.Server.Name, connection.Server.Folder, connection.Server.Config.Url is null ? "stdio" : "http", connection.State, connection.ToolCount, connection.Problem);
}

/// <param name="Servers">The user's servers that are not disabled, then those of projects that are in use.</param>
/// <param name="Problems">What is wrong with the settings file.</param>
sealed record McpHealth(IReadOnlyList<McpServerHealth> Servers, IReadOnlyList<string> Problems);

/// <param name="Name">Its name in the file.</param>
/// <param name="Project">Folder of the project that brings it; <c>null</c> for one of the user.</param>
/// <param name="Transport"><c>stdio</c> or <c>http</c>.</param>
/// <param name="State"><c>idle</c>, <c>starting</c>, <c>ready</c> or <c>failed</c>.</param>
/// <param name="Tools">How many tools it offers.</param>
/// <param name="Problem">Why it cannot be used.</param>
sealed record McpServerHealth(string Name, string? Project, string Transport, string State, int Tools, string? Problem);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(McpHealth))]
sealed partial class McpHealthJson : JsonSerializerContext;
