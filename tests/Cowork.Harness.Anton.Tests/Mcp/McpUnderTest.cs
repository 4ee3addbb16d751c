using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Testing;
using Cowork.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Tests.Mcp;

/// <summary>MCP servers for tests, written from the protocol's description: a program and an address that offer the same tools.</summary>
static class McpUnderTest
{
    /// <summary>A server over standard streams: <c>add</c> only reads, <c>note</c> changes something, <c>end</c> ends the process, <c>env</c> tells its variables, <c>say</c> says what it is told, <c>wait</c> makes a file and never answers.</summary>
    const string Program =
        """
        import json, os, sys
        tools = [
            {"name": "add", "description": "Adds.", "inputSchema": {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}}, "annotations": {"readOnlyHint": True}},
            {"name": "note", "description": "Notes.", "inputSchema": {"type": "object", "properties": {}}},
            {"name": "end", "description": "Ends.", "inputSchema": {"type": "object", "properties": {}}, "annotations": {"readOnlyHint": True}},
            {"name": "say", "description": "Says.", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}, "annotations": {"readOnlyHint": True}},
            {"name": "wait", "description": "Never answers.", "inputSchema": {"type": "object", "properties": {"file": {"type": "string"}}}, "annotations": {"readOnlyHint": True}},
            {"name": "env", "description": "Tells.", "inputSchema": {"type": "object", "properties": {}}, "annotations": {"readOnlyHint": True}},
        ]
        for line in sys.stdin:
            m = json.loads(line)
            if "id" not in m:
                continue
            if m["method"] == "initialize":
                r = {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "test", "version": "1"}}
            elif m["method"] == "tools/list":
                r = {"tools": tools}
            elif m["method"] == "tools/call":
                name, a = m["params"]["name"], m["params"].get("arguments") or {}
                if name == "end":
                    sys.exit(0)
                if name == "wait":
                    open(a["file"], "w").close()
                    continue
                text = str(a["a"] + a["b"]) if name == "add" else a["text"] if name == "say" else " ".join(sorted(os.environ)) + " " + os.environ.get("MINE", "") if name == "env" else "noted"
                r = {"content": [{"type": "text", "text": text}]}
            else:
                print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "error": {"code": -32601, "message": "unknown"}}), flush=True)
                continue
            print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
        """;

    /// <summary>An agent with one server of the user, and a clock that really runs.</summary>
    public static async Task<AntonUnderTest> StartAsync(
        string servers = """{"counter": {"command": "python3", "args": ["-u", "PROGRAM"], "env": {"MINE": "mine"}}}""", TimeProvider? clock = null)
    {
        Assert.SkipWhen(PythonOnThisMachine.IsMissing, PythonOnThisMachine.SkipReason);
        var anton = await AntonUnderTest.StartAsync((_, services) => services.AddSingleton(clock ?? TimeProvider.System));
        File.WriteAllText(Path.Combine(anton.Root, "mcp.json"), Servers(anton, servers));
        return anton;
    }

    public static string Servers(AntonUnderTest anton, string servers) =>
        $$"""{"mcpServers": {{servers.Replace("PROGRAM", JsonEncodedText.Encode(anton.File("mcp-server.py", Program)).ToString(), StringComparison.Ordinal)}}}""";

    public static TurnRequest Request(AntonUnderTest anton, string text, Func<ApprovalRequest, ApprovalDecision>? decide = null)
    {
        var services = new TestTurnServices(anton.Project.Directory, Path.Combine(anton.Root, "tmp"));
        services.Decide = decide ?? services.Decide;
        return anton.Request("openai", new ContentBlock.TextBlock(text)) with { Services = services };
    }

    /// <summary>A server at an address.</summary>
    public static async Task<(WebApplication App, Uri Url)> ListenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapPost("/mcp", async (HttpContext http) =>
        {
            var message = (await JsonNode.ParseAsync(http.Request.Body))!;
            if (message["id"] is not { } id)
                return Results.Accepted();
            JsonNode? result = message["method"]!.GetValue<string>() switch
            {
                "initialize" => new JsonObject { ["protocolVersion"] = message["params"]!["protocolVersion"]!.DeepClone(), ["capabilities"] = new JsonObject { ["tools"] = new JsonObject() }, ["serverInfo"] = new JsonObject { ["name"] = "http", ["version"] = "1" } },
                "tools/list" => JsonNode.Parse("""{"tools": [{"name": "whoami", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]}"""),
                "tools/call" => new JsonObject { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = http.Request.Headers["X-Who"].ToString() }) },
                _ => null,
            };
            var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id.DeepClone() };
            if (result is null)
                answer["error"] = new JsonObject { ["code"] = -32601, ["message"] = "unknown" };
            else
                answer["result"] = result;
            return Results.Text(answer.ToJsonString(), "application/json");
        });
        await app.StartAsync();
        return (app, new($"{app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}/mcp"));
    }
}
