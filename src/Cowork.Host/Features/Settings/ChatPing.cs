using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Cowork.Host.Features.Settings;

/// <summary>The smallest chat request that shows whether a key and a model work.</summary>
static class ChatPing
{
    public const string AnthropicVersion = "2023-06-01";
    public const string MindsModel = "latest:haiku";
    const int Tokens = 20;

    /// <returns>Null without an address.</returns>
    public static HttpRequestMessage? OpenAi(Uri? url, string model)
    {
        if (url is null)
            return null;
        // OpenAI's own models refuse the field that all compatible servers know.
        var limit = url.Host == "api.openai.com" ? "max_completion_tokens" : "max_tokens";
        return Post(url, Body(model, limit));
    }

    public static HttpRequestMessage Anthropic(string model)
    {
        var request = Post(new("https://api.anthropic.com/v1/messages"), Body(model, "max_tokens"));
        request.Headers.Add("anthropic-version", AnthropicVersion);
        return request;
    }

    static JsonObject Body(string model, string limit) => new()
    {
        ["model"] = model,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "ping" }),
        [limit] = Tokens,
    };

    static HttpRequestMessage Post(Uri url, JsonObject body) =>
        new(HttpMethod.Post, url) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
}
