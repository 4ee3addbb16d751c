using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Hosting;
using Cowork.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Host.Tests;

/// <summary>The real server in this process: a port of its own, a home folder of its own, the plugins that were built.</summary>
sealed class HostUnderTest : IAsyncDisposable
{
    static readonly string BuiltPlugins = Path.Combine(BuiltHost.Directory, "plugins");
    readonly Dictionary<string, string> _environment;
    readonly Action<WebApplicationBuilder>? _configure;
    WebApplication? _app;

    HostUnderTest(Dictionary<string, string> environment, Action<WebApplicationBuilder>? configure)
    {
        _environment = environment;
        _configure = configure;
        Http = null!;
    }

    public string Home { get; } = Directory.CreateTempSubdirectory("cowork-test-").FullName;

    /// <summary>Speaks to the server; its base address ends in <c>/api/v1/</c>.</summary>
    public HttpClient Http { get; private set; }

    public IServiceProvider Services => _app!.Services;

    public static async Task<HostUnderTest> StartAsync(Dictionary<string, string>? environment = null, Action<WebApplicationBuilder>? configure = null, Action<string>? prepareHome = null)
    {
        var host = new HostUnderTest(environment ?? [], configure);
        prepareHome?.Invoke(host.Home);
        await host.StartAppAsync();
        return host;
    }

    /// <summary>A server that also has the agents of the script plugin.</summary>
    public static Task<HostUnderTest> StartWithScriptsAsync(Dictionary<string, string>? environment = null, Action<WebApplicationBuilder>? configure = null) =>
        StartAsync(environment, configure, home =>
        {
            var folder = Directory.CreateDirectory(Path.Combine(home, ".cowork", "plugins", "Cowork.Test.Script")).FullName;
            foreach (var file in Directory.EnumerateFiles(BuiltHost.ScriptPlugin))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        });

    /// <summary>Lets a scripted agent answer, and waits for its end.</summary>
    /// <returns>The turn as <c>GET /responses/{id}</c> shows it.</returns>
    public async Task<JsonNode> RunScriptAsync(string script, Guid conversation, string harness = "script", string? project = null)
    {
        var started = await StartScriptAsync(script, conversation, harness, project);
        JsonNode turn = started;
        await Eventually.TrueAsync(
            async () => (turn = await GetJsonAsync($"responses/{started["id"]}"))["status"]!.GetValue<string>() is not ("queued" or "in_progress"),
            TestContext.Current.CancellationToken);
        return turn;
    }

    /// <summary>Starts a scripted agent and does not wait for it.</summary>
    public async Task<JsonNode> StartScriptAsync(string script, Guid conversation, string harness = "script", string? project = null)
    {
        var (status, body) = await SendAsync(HttpMethod.Post, "responses", new JsonObject
        {
            ["input"] = script,
            ["conversation"] = conversation.ToString(),
            ["harness"] = harness,
            ["project"] = project,
            ["background"] = true,
        });
        Assert.Equal(200, status);
        return body!;
    }

    /// <summary>The text of an answer that <see cref="RunScriptAsync"/> gave.</summary>
    public static string TextOf(JsonNode turn) => turn["output"]![0]!["content"]![0]!["text"]!.GetValue<string>();

    /// <summary>A clean stop and a new start on the same home.</summary>
    public async Task RestartAsync()
    {
        await StopAppAsync();
        await StartAppAsync();
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public async Task<JsonNode> GetJsonAsync(string path) =>
        JsonNode.Parse(await Http.GetStringAsync(path, TestContext.Current.CancellationToken))!;

    /// <summary>Sends JSON and returns status and body.</summary>
    public async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, options: JsonSerializerOptions.Web) };
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAppAsync();
        Directory.Delete(Home, recursive: true);
    }

    async Task StartAppAsync()
    {
        var options = ServerOptions.Read(Variable, Home) with { Port = 0, ShippedPlugins = BuiltPlugins };
        _app = ServerApp.Build(options, _configure);
        await _app.StartAsync(TestContext.Current.CancellationToken);
        Http = new() { BaseAddress = new($"{_app.Urls.First()}/api/v1/") };
    }

    /// <summary>What listens on the developer's machine by chance is none of a test's business.</summary>
    string? Variable(string name) => _environment.GetValueOrDefault(name) ?? (name is "COWORK_OLLAMA_PORT" or "COWORK_LM_STUDIO_PORT" ? "0" : null);

    async Task StopAppAsync()
    {
        Http.Dispose();
        await _app!.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
