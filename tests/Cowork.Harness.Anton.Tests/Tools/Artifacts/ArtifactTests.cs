using System.Text.Json.Nodes;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests.Tools.Artifacts;

public sealed class ArtifactTests
{
    [Fact]
    public async Task A_result_is_made_filled_listed_opened_and_changed()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        var created = JsonNode.Parse(await tools.TextAsync("create_artifact", new { name = "Größe 日本", description = "Sizes", type = "html-app", primary = "index.html" }))!;
        Assert.Equal(["id", "slug", "name", "type", "primary", "path"], created.AsObject().Select(field => field.Key));
        var slug = (string)created["slug"]!;
        Assert.Equal($".anton/artifacts/{slug}", (string)created["path"]!);
        await tools.TextAsync("write_file", new { path = $"{created["path"]}/index.html", content = "<h1>x</h1>" });

        var listed = JsonNode.Parse(await tools.TextAsync("list_artifacts", new { }))!.AsArray();
        Assert.Equal(["slug", "name", "type", "description", "file_count", "updatedAt"], Assert.Single(listed)!.AsObject().Select(field => field.Key));
        Assert.Equal(1, (int)listed[0]!["file_count"]!);

        var opened = await tools.TextAsync("open_artifact", new { slug });
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""[{"path":"index.html","bytes":10}]"""), JsonNode.Parse(opened)!["files"]));
        Assert.Contains("\n  \"name\": \"Größe 日本\"", opened, StringComparison.Ordinal);

        var updated = await tools.TextAsync("update_artifact", new { slug, primary = "", port = 8123 });
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse($$"""{"slug":"{{slug}}","primary":null,"port":8123,"description":"Sizes"}"""), JsonNode.Parse(updated)));
    }

    [Fact]
    public async Task What_is_not_there_or_says_nothing_is_refused()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.Equal("[]", await tools.TextAsync("list_artifacts", new { }));
        Assert.Contains("list_artifacts", await tools.FailAsync("open_artifact", new { slug = "../x" }), StringComparison.Ordinal);
        Assert.Contains("nothing to change", await tools.FailAsync("update_artifact", new { slug = "x" }), StringComparison.Ordinal);
        Assert.Contains("port", await tools.FailAsync("update_artifact", new { slug = "x", port = 70000 }), StringComparison.Ordinal);
        Assert.Equal("invalid_artifact", (await Assert.ThrowsAsync<HarnessException>(() => tools.RunAsync("update_artifact", new { slug = "x", port = 80 }))).Code);
    }
}
