using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests.Tools.Web;

public sealed class WebSearchTests
{
    const string Key = "search-key-1234";

    [Fact]
    public async Task Without_a_key_the_tool_is_not_offered()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Assert.DoesNotContain(await tools.AllAsync(), tool => tool.Spec.Name == "web_search");

        tools.Settings.Secrets["anton_brave_api_key"] = new(Key);
        Assert.Contains(await tools.AllAsync(), tool => tool.Spec.Name == "web_search");
    }

    [Fact]
    public async Task Exa_is_asked_in_its_words()
    {
        var asked = new TaskCompletionSource<(string? Key, string Path, string Body)>();
        await using var server = await WebServer.StartAsync(async context =>
        {
            asked.TrySetResult((context.Request.Headers.Authorization, context.Request.Path, await new StreamReader(context.Request.Body).ReadToEndAsync()));
            await context.Response.WriteAsync("""{"results":[{"title":"One","url":"https://one.example/","text":"first\n extract"},{"title":null,"url":"https://two.example/"},7]}""");
        });
        await using var tools = await ToolsUnderTest.StartAsync(options => options with { ExaUrl = server.Url, ExaApiKey = new Secret(Key) });

        var text = await tools.TextAsync("web_search", new { query = "harbour \"news\"", max_results = 3 });

        Assert.Equal("1. [One](https://one.example/)\n   first extract\n2. [https://two.example/](https://two.example/)", text);
        var (key, path, body) = await asked.Task;
        Assert.Equal(($"Bearer {Key}", "/search"), (key, path));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"query":"harbour \"news\"","num_results":3,"contents":{"text":{"max_characters":600}}}"""), JsonNode.Parse(body)));
    }

    [Fact]
    public async Task Brave_is_asked_in_its_words()
    {
        var asked = new TaskCompletionSource<(string? Key, string Url)>();
        await using var server = await WebServer.StartAsync(context =>
        {
            asked.TrySetResult((context.Request.Headers["X-Subscription-Token"], context.Request.Path + context.Request.QueryString));
            return context.Response.WriteAsync("""{"web":{"results":[{"title":"One","url":"https://one.example/","description":"<strong>first</strong> &amp; last"}]}}""");
        });
        await using var tools = await ToolsUnderTest.StartAsync(options => options with { BraveUrl = server.Url, ExaApiKey = new("other"), BraveApiKey = new(Key), SearchProvider = "Brave" });

        Assert.Equal("1. [One](https://one.example/)\n   first & last", await tools.TextAsync("web_search", new { query = "a b&c" }));
        Assert.Equal((Key, "/res/v1/web/search?q=a%20b%26c&count=5"), await asked.Task);
    }

    [Theory]
    [InlineData(401, "check it in Settings")]
    [InlineData(402, "no credit")]
    [InlineData(429, "no more searches")]
    [InlineData(500, "status 500")]
    [InlineData(302, "status 302")] // a redirect would carry the key away
    [InlineData(200, "makes no sense")] // no JSON
    public async Task A_refusal_says_what_to_do_and_shows_neither_key_nor_body(int status, string expected)
    {
        await using var server = await WebServer.StartAsync(context =>
        {
            if (context.Request.Path == "/elsewhere")
                return context.Response.WriteAsync("{}");
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return context.Response.WriteAsync($"secret detail {Key}");
        });
        await using var tools = await ToolsUnderTest.StartAsync(options => options with { ExaUrl = server.Url, ExaApiKey = new(Key) });

        var failure = await tools.FailAsync("web_search", new { query = "x" });

        Assert.Contains(expected, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, tools.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_found_is_an_answer()
    {
        await using var server = await WebServer.StartAsync(context => context.Response.WriteAsync("{}"));
        await using var tools = await ToolsUnderTest.StartAsync(options => options with { ExaUrl = server.Url, ExaApiKey = new(Key) });

        Assert.StartsWith("Nothing was found", await tools.TextAsync("web_search", new { query = "x" }), StringComparison.Ordinal);
    }
}
