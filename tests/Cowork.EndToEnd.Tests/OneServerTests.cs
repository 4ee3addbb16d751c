using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>One server at a time uses a data folder, and whoever comes later finds it.</summary>
public sealed class OneServerTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_start_on_the_same_data_ends_with_a_sentence_and_harms_no_turn_of_the_first()
    {
        await using var server = await ServerProcess.StartWithScriptsAsync(Ct);
        var conversation = Guid.NewGuid();
        var request = new JsonObject { ["input"] = "say|first part, \nuntil|go\nsay|last part", ["harness"] = "script", ["conversation"] = $"{conversation}" };
        var turn = server.Client.Http.PostAsJsonAsync("responses", request, Ct);
        await Eventually.TrueAsync(() => server.RunsAsync(conversation, Ct), Ct);

        foreach (var port in new[] { server.Port, ServerProcess.FreePort() })
        {
            var (exitCode, _, error) = await server.RunAsync(port, Ct, "serve");
            Assert.Equal(2, exitCode);
            Assert.Contains($"http://127.0.0.1:{server.Port}", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        }

        await server.LetGoAsync("go", Ct);
        (await turn).EnsureSuccessStatusCode().Dispose();
        var answer = (await server.Client.ItemsAsync(conversation, Ct))[1]!;
        Assert.Equal("first part, last part", answer["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_question_goes_to_the_server_that_uses_the_data_on_whatever_port_it_listens()
    {
        await using var server = await ServerProcess.StartWithScriptsAsync(Ct);
        var conversation = Guid.NewGuid();
        var asking = server.RunAsync(ServerProcess.FreePort(), Ct, "ask", "until|go\nsay|done", "--harness", "script", "--conversation", $"{conversation}");
        await Eventually.TrueAsync(() => server.RunsAsync(conversation, Ct), Ct);

        await server.LetGoAsync("go", Ct);
        var (exitCode, output, _) = await asking;
        Assert.Equal((0, "done"), (exitCode, output.Trim()));
        Assert.Equal("done", (await server.Client.ItemsAsync(conversation, Ct))[1]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task Data_that_a_server_uses_is_not_replaced_by_a_backup()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        Assert.Equal(0, (await server.RunAsync(Ct, "backup", "all.zip")).ExitCode);
        var (exitCode, _, error) = await server.RunAsync(ServerProcess.FreePort(), Ct, "restore", "all.zip", "--force");
        Assert.Equal(2, exitCode);
        Assert.Contains($"http://127.0.0.1:{server.Port}", error, StringComparison.Ordinal);
    }
}
