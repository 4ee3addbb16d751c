using System.Text.Json.Nodes;
using Cowork.Host.Features.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Cowork.Host.Tests.Settings;

public class ProviderTests
{
    [Fact]
    public async Task Each_provider_is_asked_in_its_own_way()
    {
        using var providers = new FakeProviders(_ => FakeProviders.Json(200, "{}"));
        await using var host = await HostUnderTest.StartAsync(configure: providers.Register);

        var results = await TestAsync(host, """[{"type": "anthropic", "apiKey": "k-a"}, {"type": "openai", "apiKey": "k-o"}, {"type": "gemini", "apiKey": "k-g"}, {"type": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1/"}, {"type": "minds-cloud", "apiKey": "k-m", "mindsUrl": "https://mdb.ai", "model": "m"}]""");

        Assert.All(results["providerStatus"]!.AsObject(), s => Assert.Equal("ok", (string?)s.Value));
        Assert.All(results["providerStatusDetails"]!.AsObject(), s => Assert.Equal("HTTP 200", (string?)s.Value));
        var requests = providers.Requests.OrderBy(r => r.Url, StringComparer.Ordinal).ToList();
        Assert.Equal(
            ["http://127.0.0.1:9/v1/models", "https://api.anthropic.com/v1/models", "https://api.openai.com/v1/models", "https://generativelanguage.googleapis.com/v1beta/models", "https://mdb.ai/api/v1/chat/completions"],
            requests.Select(r => r.Url));
        Assert.Equal("", requests[0].Headers);
        Assert.Contains("x-api-key: k-a", requests[1].Headers);
        Assert.Contains("anthropic-version: 2023-06-01", requests[1].Headers);
        Assert.Contains("Authorization: Bearer k-o", requests[2].Headers);
        Assert.Contains("x-goog-api-key: k-g", requests[3].Headers);
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"ping"}],"max_tokens":20}""", requests[4].Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("***")]
    public async Task A_masked_key_means_the_stored_one(string key)
    {
        using var providers = new FakeProviders(_ => FakeProviders.Json(401, "{}"));
        await using var host = await HostUnderTest.StartAsync(configure: providers.Register);
        await PutAsync(host, "anthropic_api_key", "stored-key");

        var results = await TestAsync(host, $$"""[{"type": "anthropic", "apiKey": "{{key}}"}]""");

        Assert.Equal("fail", (string?)results["providerStatus"]!["anthropic"]);
        Assert.Equal("HTTP 401", (string?)results["providerStatusDetails"]!["anthropic"]);
        Assert.Contains("x-api-key: stored-key", Assert.Single(providers.Requests).Headers);
    }

    [Fact]
    public async Task Without_a_list_those_with_a_key_are_tested_and_one_key_goes_to_one_provider()
    {
        using var providers = new FakeProviders(_ => FakeProviders.Json(200, "{}"));
        await using var host = await HostUnderTest.StartAsync(configure: providers.Register);
        await PutAsync(host, "openai_api_key", "for-gemini");
        await PutAsync(host, "coding_provider", "gemini");

        var (_, results) = await host.SendAsync(HttpMethod.Post, "settings/test-providers");

        Assert.Equal(["gemini"], results!["providerStatus"]!.AsObject().Select(s => s.Key));
        Assert.Contains("generativelanguage", Assert.Single(providers.Requests).Url);
    }

    [Fact]
    public async Task Without_a_list_a_compatible_endpoint_is_tested_where_it_is()
    {
        using var providers = new FakeProviders(_ => FakeProviders.Json(200, "{}"));
        await using var host = await HostUnderTest.StartAsync(configure: providers.Register);
        await PutAsync(host, "openai_api_key", "stored");
        await PutAsync(host, "openai_base_url", "http://127.0.0.1:9/v1");
        await PutAsync(host, "planning_provider", "openai_compatible");

        var (_, results) = await host.SendAsync(HttpMethod.Post, "settings/test-providers");

        Assert.Equal("ok", (string?)results!["providerStatus"]!["openai-compatible"]);
        Assert.Equal("http://127.0.0.1:9/v1/models", Assert.Single(providers.Requests).Url);
    }

    [Theory]
    [InlineData("http://old-gateway.example/v1", "https://generativelanguage.googleapis.com/v1beta/openai")]
    [InlineData("https://europe-generativelanguage.googleapis.com/v1beta/openai", "https://europe-generativelanguage.googleapis.com/v1beta/openai")]
    public async Task Geminis_key_goes_to_google_alone(string stored, string called)
    {
        await using var host = await HostUnderTest.StartAsync();
        await PutAsync(host, "openai_base_url", stored);
        await PutAsync(host, "openai_api_key", "for-gemini");
        await PutAsync(host, "planning_provider", "gemini");
        await PutAsync(host, "planning_model", "gemini-2.5-pro");

        Assert.Equal(called, host.Get<ModelSettings>().Resolve().Planning.BaseUrl!.ToString());
    }

    [Theory]
    [InlineData("""[{"type": "openai"}]""", "No API key is set")]
    [InlineData("""[{"type": "openai", "apiKey": "line\nbreak"}]""", "The API key has characters that no key has")]
    [InlineData("""[{"type": "openai", "apiKey": "schlüssel"}]""", "The API key has characters that no key has")]
    [InlineData("""[{"type": "openai-compatible", "baseUrl": "ftp://somewhere"}]""", "The base URL is missing or no http address")]
    [InlineData("""[{"type": "openai-compatible"}]""", "The base URL is missing or no http address")]
    [InlineData("""[{"type": "carrier-pigeon", "apiKey": "k"}]""", "There is no provider of this type")]
    [InlineData("""[{"type": "openai-compatible", "baseUrl": "http://127.0.0.1:1"}]""", "ConnectionError: nothing answers at this address")]
    public async Task A_test_that_cannot_succeed_says_why(string providers, string why)
    {
        await using var host = await HostUnderTest.StartAsync();

        var details = (await TestAsync(host, providers))["providerStatusDetails"]!.AsObject();

        Assert.Equal(why, (string?)details.Single().Value);
    }

    [Theory]
    [InlineData("""{"providers": [{}]}""")]
    [InlineData("""{"providers": [{"type": null}]}""")]
    [InlineData("""{"providers": [{"type": ""}]}""")]
    [InlineData("""{"providers": ["x"]}""")]
    [InlineData("""{"providers": 1}""")]
    [InlineData("[]")]
    public async Task A_malformed_test_is_refused(string body)
    {
        await using var host = await HostUnderTest.StartAsync();

        Assert.Equal(422, (await host.SendAsync(HttpMethod.Post, "settings/test-providers", JsonNode.Parse(body))).Status);
    }

    [Theory]
    [InlineData("""{"provider": "anthropic", "apiKey": "k"}""", "https://api.anthropic.com/v1/messages", "claude-haiku-4-5-20251001")]
    [InlineData("""{"provider": "minds", "apiKey": "k"}""", "https://api.mindshub.ai/v1/chat/completions", "latest:haiku")]
    [InlineData("""{"provider": "minds", "apiKey": "k", "baseUrl": "https://eu.mdb.ai/"}""", "https://eu.mdb.ai/api/v1/chat/completions", "latest:haiku")]
    [InlineData("""{"provider": "openai-compatible", "apiKey": "", "baseUrl": "http://127.0.0.1:9", "model": "m"}""", "http://127.0.0.1:9/v1/chat/completions", "\"model\":\"m\"")]
    [InlineData("""{"provider": "openai-compatible", "apiKey": "k", "baseUrl": "http://127.0.0.1:9/v1beta/openai/"}""", "http://127.0.0.1:9/v1beta/openai/chat/completions", "gpt-5.5")]
    [InlineData("""{"provider": "openai-compatible", "api_key": "k", "base_url": "https://api.openai.com/v1"}""", "https://api.openai.com/v1/chat/completions", "max_completion_tokens")]
    public async Task A_key_is_checked_with_one_tiny_request(string asked, string url, string body)
    {
        using var providers = new FakeProviders(_ => FakeProviders.Json(200, "{}"));
        await using var host = await HostUnderTest.StartAsync(configure: providers.Register);

        var (_, verdict) = await host.SendAsync(HttpMethod.Post, "settings/validate-provider", JsonNode.Parse(asked));

        Assert.Equal("""{"ok":true}""", verdict!.ToJsonString());
        var request = Assert.Single(providers.Requests);
        Assert.Equal(url, request.Url);
        Assert.Contains(body, request.Body);
    }

    [Theory]
    [InlineData(401, "{}", "Invalid API key")]
    [InlineData(403, "{}", "Invalid API key")]
    [InlineData(402, """{"error": {"message": "pay first"}}""", "pay first")]
    [InlineData(400, """{"error": {"message": "the key sk-typed-in is odd"}}""", "the key *** is odd")]
    [InlineData(500, """{"error": "text"}""", "HTTP 500")]
    [InlineData(500, "not json", "HTTP 500")]
    [InlineData(500, "[1]", "HTTP 500")]
    public async Task A_refusal_is_told_without_the_key(int status, string body, string error)
    {
        using var providers = new FakeProviders(_ => FakeProviders.Json(status, body));
        await using var host = await HostUnderTest.StartAsync(configure: providers.Register);

        var (code, verdict) = await host.SendAsync(HttpMethod.Post, "settings/validate-provider", new JsonObject { ["provider"] = "anthropic", ["apiKey"] = "sk-typed-in" });

        Assert.Equal(200, code);
        Assert.False((bool)verdict!["ok"]!);
        Assert.Equal(error, (string?)verdict["error"]);
    }

    [Fact]
    public async Task Live_models_are_asked_again_when_their_time_is_over_or_the_key_changes()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        var fails = false;
        using var providers = new FakeProviders(_ => fails ? FakeProviders.Json(500, "") : FakeProviders.Json(200, """{"data": [{"id": "hub"}, {"id": 7}, "x", {"id": "thinker", "reasoning_efforts": ["low", 1], "default_reasoning_effort": "low"}]}"""));
        await using var host = await HostUnderTest.StartAsync(configure: builder =>
        {
            providers.Register(builder);
            builder.Services.AddSingleton<TimeProvider>(time);
        });
        await PutAsync(host, "minds_api_key", "k-1");

        var first = await MindsAsync(host);
        Assert.Equal(["hub", "thinker"], first);
        Assert.Equal("""{"efforts":["low"],"default":"low"}""", (await host.GetJsonAsync("settings/recommended-models"))["modelEfforts"]!["thinker"]!.ToJsonString());
        await MindsAsync(host);
        Assert.Single(providers.Requests);

        time.Advance(TimeSpan.FromSeconds(301));
        fails = true;
        Assert.Empty(await MindsAsync(host));
        time.Advance(TimeSpan.FromSeconds(29));
        await MindsAsync(host);
        Assert.Equal(2, providers.Requests.Count);
        time.Advance(TimeSpan.FromSeconds(2));
        fails = false;
        Assert.Equal(2, (await MindsAsync(host)).Count);
        await PutAsync(host, "minds_api_key", "k-2");
        await MindsAsync(host);
        Assert.Equal(4, providers.Requests.Count);
        Assert.Contains("Bearer k-2", providers.Requests[^1].Headers);
    }

    [Fact]
    public async Task A_compatible_endpoint_lists_its_models_while_it_is_in_use()
    {
        using var providers = new FakeProviders(_ => FakeProviders.Json(200, """{"data": [{"id": "local"}]}"""));
        await using var host = await HostUnderTest.StartAsync(configure: providers.Register);
        await PutAsync(host, "openai_base_url", "http://127.0.0.1:9/v1");
        Assert.Empty((await host.GetJsonAsync("settings/recommended-models"))["recommendedModels"]!["openai-compatible"]!.AsArray());

        await PutAsync(host, "coding_provider", "openai_compatible");

        Assert.Equal("local", (string?)(await host.GetJsonAsync("settings/recommended-models"))["recommendedModels"]!["openai-compatible"]![0]);
    }

    static async Task<List<string>> MindsAsync(HostUnderTest host) =>
        [.. (await host.GetJsonAsync("settings/recommended-models"))["recommendedModels"]!["minds-cloud"]!.AsArray().Select(m => (string)m!)];

    static async Task<JsonNode> TestAsync(HostUnderTest host, string providers)
    {
        var (status, results) = await host.SendAsync(HttpMethod.Post, "settings/test-providers", new JsonObject { ["providers"] = JsonNode.Parse(providers) });
        Assert.Equal(200, status);
        return results!;
    }

    static async Task PutAsync(HostUnderTest host, string key, string value) =>
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, $"settings/{key}", new JsonObject { ["value"] = value })).Status);
}
