using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cowork.Host.Tests.Settings;

/// <summary>Models that run on this computer: found, named, and used without a key.</summary>
public sealed class LocalProviderTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_listens_on_this_computer_is_listed_with_what_to_store()
    {
        await using var ollama = await ServeAsync("/api/tags", """{"models":[{"name":"nomic-embed-text"},{"name":"llama3:8b"},{"name":7},{"name":"qwen3"}]}""");
        await using var studio = await ServeAsync("/v1/models", """{"data":[]}""");
        await using var host = await HostUnderTest.StartAsync(new() { ["COWORK_OLLAMA_PORT"] = Port(ollama), ["COWORK_LM_STUDIO_PORT"] = Port(studio) });

        var found = (JsonArray)(await host.GetJsonAsync("settings/local-providers"))["providers"]!;
        Assert.Equal(["ollama", "lm_studio"], found.Select(p => p!["id"]!.GetValue<string>()));
        Assert.Equal("""["nomic-embed-text","llama3:8b","qwen3"]""", found[0]!["models"]!.ToJsonString());
        Assert.Equal($"http://127.0.0.1:{Port(ollama)}/v1", found[0]!["base_url"]!.GetValue<string>());
        var error = (await host.GetJsonAsync("health"))["config_error"]!.GetValue<string>();
        Assert.Contains("anthropic_api_key", error, StringComparison.Ordinal);
        Assert.Contains($"Ollama is running on this computer: set planning_provider to openai_compatible, openai_base_url to http://127.0.0.1:{Port(ollama)}/v1 and planning_model to llama3:8b", error, StringComparison.Ordinal);

        foreach (var (key, value) in (JsonObject)found[0]!["settings"]!)
            Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, $"settings/{key}", new JsonObject { ["value"] = value!.GetValue<string>() })).Status);
        Assert.True((await host.GetJsonAsync("health"))["config_ready"]!.GetValue<bool>());
        Assert.Equal("""{"configured":true,"provider":"openai-compatible"}""", (await host.GetJsonAsync("settings/configured")).ToJsonString());
    }

    [Fact]
    public async Task A_model_where_ollama_listens_answers_without_a_key()
    {
        await using var model = await TestKit.ScriptedModel.StartAsync();
        await using var host = await HostUnderTest.StartAsync(new() { ["COWORK_OLLAMA_PORT"] = $"{model.BaseUrl.Port}" });
        foreach (var (key, value) in new[] { ("openai_base_url", model.BaseUrl.ToString()), ("planning_provider", "openai_compatible"), ("planning_model", "scripted") })
            await host.SendAsync(HttpMethod.Put, $"settings/{key}", new JsonObject { ["value"] = value });
        var (status, answer) = await host.SendAsync(HttpMethod.Post, "responses", new JsonObject { ["input"] = "[[say no key needed]]" });
        Assert.Equal((200, "no key needed"), (status, HostUnderTest.TextOf(answer!)));
    }

    [Theory]
    [InlineData("http://models.example/v1")]
    [InlineData("http://127.0.0.1:18080/v1")]
    public async Task Any_other_address_still_needs_a_key(string address)
    {
        await using var host = await HostUnderTest.StartAsync();
        foreach (var (key, value) in new[] { ("openai_base_url", address), ("planning_provider", "openai_compatible"), ("planning_model", "m") })
            await host.SendAsync(HttpMethod.Put, $"settings/{key}", new JsonObject { ["value"] = value });
        Assert.Contains("openai_api_key", (await host.GetJsonAsync("health"))["config_error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("""{"models":{}}""")]
    public async Task Something_else_on_the_port_is_nothing(string body)
    {
        await using var other = await ServeAsync("/api/tags", body);
        await using var host = await HostUnderTest.StartAsync(new() { ["COWORK_OLLAMA_PORT"] = Port(other) });
        Assert.Equal("""{"providers":[]}""", (await host.GetJsonAsync("settings/local-providers")).ToJsonString());
    }

    static async Task<WebApplication> ServeAsync(string path, string body)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet(path, () => Results.Text(body));
        await app.StartAsync(Ct);
        return app;
    }

    static string Port(WebApplication app) => new Uri(app.Urls.Single()).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
