using System.Net.Http.Json;
using Cowork.Abstractions;
using Cowork.Host.Platform.Plugins;
using Cowork.Testing;

namespace Cowork.Plugins.Tests;

/// <summary>A plugin that was compiled against the first contract and never since.</summary>
public sealed class CompatibilityTests : IAsyncLifetime
{
    const string Keepsake = "Cowork.Test.Keepsake";

    readonly PluginFolders _folders = new();
    PluginServer _server = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _folders.Drop("keepsake-1.0.0");
        _server = await PluginServer.StartAsync(_folders);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folders.Dispose();
    }

    [Fact]
    public void It_is_older_than_the_contract_of_this_server()
    {
        var manifest = PluginManifest.Read(Path.Combine(PluginFolders.Asset("keepsake-1.0.0"), Keepsake + ".dll"));
        Assert.Equal(new Version(1, 0), manifest?.ContractVersion);
        Assert.True(SharedAssemblies.ContractVersion > new Version(1, 0));
    }

    [Fact]
    public async Task It_serves_and_its_service_runs()
    {
        Assert.Equal("hello Ada", (await _server.Http.GetFromJsonAsync<Greeting>($"/api/v1/ext/{Keepsake}/greet/Ada", Ct))?.Text);
        var plugin = (await _server.PluginAsync(Keepsake))!.Value;
        Assert.Equal("active", plugin.GetProperty("state").GetString());
        Assert.Equal(3, plugin.GetProperty("settings").GetArrayLength());
        Assert.Empty(plugin.GetProperty("jobs").EnumerateArray());
        await PluginServer.EventuallyAsync(() => Task.FromResult(File.Exists(Path.Combine(_folders.DataOf(Keepsake), "watch"))), "its service runs");
    }

    [Fact]
    public async Task Its_harness_answers_fails_and_remembers()
    {
        Assert.True(_server.Registry.TryRent("keepsake", out var lease));
        using (lease)
        {
            Assert.Equal(
                [typeof(HarnessEvent.ReasoningDelta), typeof(HarnessEvent.ToolStarted), typeof(HarnessEvent.ToolArguments), typeof(HarnessEvent.Progress),
                    typeof(HarnessEvent.TextDelta), typeof(HarnessEvent.Usage)],
                await lease.Harness.RunAsync(Request("there"), Ct).Select(e => e.GetType()).ToListAsync(Ct));
            var failure = await Assert.ThrowsAsync<HarnessException>(async () => await lease.Harness.RunAsync(Request("fail"), Ct).ToListAsync(Ct));
            Assert.Equal(FailureCodes.RateLimited, failure.Code);

            var memory = Assert.IsType<IHarnessMemory>(lease.Harness, exactMatch: false);
            await memory.SaveAsync(null, "notes.md", "kept", Ct);
            Assert.Equal("kept", Assert.Single(await memory.ListAsync(null, Ct)).Content);
        }
    }

    static TurnRequest Request(string text) => new()
    {
        TurnId = default,
        ConversationId = default,
        Project = new(default, "test", "/"),
        Input = [new ContentBlock.TextBlock(text)],
        Services = new TestTurnServices("/", "/"),
    };

    sealed record Greeting(string Text);
}
