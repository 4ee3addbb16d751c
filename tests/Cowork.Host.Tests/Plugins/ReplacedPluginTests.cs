using System.Text.Json.Nodes;
using Cowork.Host.Platform.Diagnostics;
using Cowork.Host.Platform.Hosting;
using Serilog.Core;
using Serilog.Events;

namespace Cowork.Host.Tests.Plugins;

public sealed class ReplacedPluginTests
{
    [Theory]
    [InlineData("reload")]
    [InlineData("disable")]
    public async Task A_turn_that_outlives_the_time_of_its_plugin_ends_with_a_code_and_keeps_its_answer(string how)
    {
        await using var host = await HostUnderTest.StartWithScriptsAsync(new() { ["COWORK_PLUGIN_DRAIN_SECONDS"] = "0" });
        var started = await host.StartScriptAsync("say|so far\nwrite|said|\nhang", Guid.NewGuid());
        JsonNode turn = started;
        await UntilAsync(() => Directory.EnumerateFiles(Path.Combine(host.Home, ".cowork", "projects"), "said", SearchOption.AllDirectories).Any());
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Post, $"plugins/Cowork.Test.Script/{how}")).Status);
        await UntilAsync(() => turn["status"]!.GetValue<string>() == "failed");
        Assert.Equal("plugin_replaced", turn["error"]!["code"]!.GetValue<string>());
        Assert.Equal("so far", HostUnderTest.TextOf(turn));

        Task UntilAsync(Func<bool> isSo) => TestKit.Eventually.TrueAsync(
            async () =>
            {
                turn = await host.GetJsonAsync($"responses/{started["id"]}");
                return isSo();
            },
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public void The_time_of_a_replaced_plugin_is_ten_minutes_unless_somebody_says_otherwise()
    {
        Assert.Equal(TimeSpan.FromMinutes(10), ServerOptions.Read(_ => null, "/home/ada").PluginDrain);
        Assert.Equal(TimeSpan.FromSeconds(90), ServerOptions.Read(name => name == "COWORK_PLUGIN_DRAIN_SECONDS" ? "90" : null, "/home/ada").PluginDrain);
    }

    [Theory]
    [InlineData(LogEventLevel.Warning, false, true, "a server says what becomes of its plugins")]
    [InlineData(LogEventLevel.Warning, true, false, "a command only answers")]
    [InlineData(LogEventLevel.Error, false, false, "somebody wants less")]
    public void The_life_of_plugins_is_logged_at_the_usual_level(LogEventLevel level, bool isCommand, bool isLogged, string why)
    {
        using var log = Logging.Create(new LogOptions(level, null) { ToStandardError = isCommand });
        var plugins = log.ForContext(Constants.SourceContextPropertyName, "Cowork.Host.Platform.Plugins.PluginLifecycle");
        Assert.True(plugins.IsEnabled(LogEventLevel.Information) == isLogged, why);
    }
}
