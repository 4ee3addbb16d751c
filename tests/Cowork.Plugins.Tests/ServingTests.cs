using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Cowork.Host.Platform.Plugins;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Plugins.Tests;

public sealed class ServingTests : IAsyncLifetime
{
    const string Reference = "Cowork.Test.Reference";

    readonly PluginFolders _folders = new();
    PluginServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _folders.Drop("reference-1.0.0");
        _server = await PluginServer.StartAsync(_folders);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folders.Dispose();
    }

    [Fact]
    public async Task A_plugin_that_is_there_at_the_start_serves_the_first_request() => Assert.Equal("1.0.0", await _server.VersionAsync());

    [Fact]
    public async Task A_status_says_what_a_plugin_contributes()
    {
        var plugin = (await _server.PluginAsync(Reference))!.Value;
        Assert.Equal("active", plugin.GetProperty("state").GetString());
        Assert.Equal("1.0.0", plugin.GetProperty("version").GetString());
        Assert.Equal(JsonValueKind.Null, plugin.GetProperty("reason").ValueKind);
        Assert.Equal("""[{"id":"reference","label":"Reference"}]""", plugin.GetProperty("harnesses").GetRawText());
        Assert.Equal("""["reference_greeting","reference_mood","reference_key"]""", plugin.GetProperty("settings").GetRawText());
        Assert.Contains("GET /api/v1/ext/Cowork.Test.Reference/version", plugin.GetProperty("endpoints").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public async Task Endpoints_bind_json_and_resolve_from_the_plugins_own_container()
    {
        using var answer = await _server.Http.PostAsJsonAsync($"/api/v1/ext/{Reference}/greet", new { name = "Ada" });
        Assert.Equal("hello Ada", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_plugin_calls_out_with_the_clients_of_the_host() =>
        Assert.Equal("ok", await _server.Http.GetStringAsync($"/api/v1/ext/{Reference}/fetch?url={Uri.EscapeDataString(_server.Http.BaseAddress + "health")}"));

    [Fact]
    public async Task A_plugin_reads_its_secret_but_does_not_show_it_by_accident() =>
        Assert.Equal("***", await _server.Http.GetStringAsync($"/api/v1/ext/{Reference}/secret"));

    [Fact]
    public async Task An_exception_in_an_endpoint_is_answered_without_its_details()
    {
        using var answer = await _server.Http.GetAsync($"/api/v1/ext/{Reference}/throw");
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"code\":\"plugin_error\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("asked to fail", body, StringComparison.Ordinal);
        Assert.Equal("1.0.0", await _server.VersionAsync());
    }

    [Fact]
    public async Task A_malformed_body_is_the_clients_mistake_and_not_the_plugins()
    {
        using var answer = await _server.Http.PostAsync($"/api/v1/ext/{Reference}/greet", new StringContent("{", null, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_harness_runs_on_a_lease()
    {
        await using (var turn = Turn.Begin(_server))
        {
            Assert.Equal("1.0.0", await turn.NextAsync());
            await LeasesAsync(1);
            Assert.Equal("hello you", await turn.NextAsync());
        }

        await LeasesAsync(0);
    }

    [Fact]
    public async Task Plugins_may_bring_other_versions_of_a_library_than_the_hosts_and_each_others()
    {
        _folders.Drop("ownlibrary-1.0.0");
        _folders.Drop("otherlibrary-1.0.0");
        await _server.BecomesAsync("Cowork.Test.OwnLibrary", "active");
        await _server.BecomesAsync("Cowork.Test.OtherLibrary", "active");
        Assert.Equal("4.4.0", await _server.Http.GetStringAsync("/api/v1/ext/Cowork.Test.OtherLibrary/library"));
        // What Serilog 3 calls its assembly.
        Assert.Equal("2.0.0", await _server.Http.GetStringAsync("/api/v1/ext/Cowork.Test.OwnLibrary/library"));
        Assert.Equal("4.3", typeof(Serilog.LoggerConfiguration).Assembly.GetName().Version!.ToString(2));
    }

    [Fact]
    public async Task A_copy_of_a_framework_assembly_beside_a_plugin_is_ignored()
    {
        // As a package brings it when the author's project does not reference the shared framework.
        using var folders = new PluginFolders();
        var shared = typeof(IServiceCollection).Assembly.Location;
        File.Copy(shared, Path.Combine(folders.Drop("reference-1.0.0"), Path.GetFileName(shared)));
        await using var server = await PluginServer.StartAsync(folders);
        Assert.Equal("1.0.0", await server.VersionAsync());
    }

    [Fact]
    public void An_unknown_harness_is_not_rented() => Assert.False(_server.Registry.TryRent("nobody", out _));

    [Fact]
    public void What_the_framework_is_made_of_is_shared()
    {
        // Otherwise a copy that a plugin brings would be a second, different type.
        var framework = AppDomain.CurrentDomain.GetAssemblies()
            .Where(a => a.Location.Contains("Microsoft.NETCore.App", StringComparison.Ordinal) || a.Location.Contains("Microsoft.AspNetCore.App", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(framework);
        Assert.All(framework.SelectMany(a => a.GetReferencedAssemblies()), r => Assert.True(SharedAssemblies.Contains(r.Name!), r.Name));
    }

    [Fact]
    public void The_settings_of_plugins_are_known_to_the_host() =>
        Assert.Contains(_server.Registry.Current.Settings, s => s.Setting.Key == "reference_mood" && s.Plugin == Reference);

    /// <summary>The job of the plugin has one, too, for a moment in every second.</summary>
    Task LeasesAsync(int count) => PluginServer.EventuallyAsync(
        async () => (await _server.PluginAsync(Reference))!.Value.GetProperty("leases").GetInt32() == count, $"there are {count} leases");
}
