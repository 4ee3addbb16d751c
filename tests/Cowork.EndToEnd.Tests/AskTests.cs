using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;
using Microsoft.Data.Sqlite;

namespace Cowork.EndToEnd.Tests;

/// <summary><c>cowork-server ask</c>, when something comes in between.</summary>
public sealed class AskTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-INT")] // Ctrl+C
    [InlineData("-TERM")]
    public async Task A_signal_stops_the_turn_and_ends_with_a_word(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var server = await ServerProcess.StartWithScriptsAsync(Ct);
        var conversation = Guid.NewGuid();
        using var asking = server.Launch("ask", "say|first part\nhang", "--harness", "script", "--conversation", $"{conversation}");
        var error = asking.StandardError.ReadToEndAsync(Ct);
        await BeginsAsync(asking, "first part");

        await SignalAsync(signal, asking);
        await asking.WaitForExitAsync(Ct);

        Assert.Equal((1, "Stopped."), (asking.ExitCode, (await error).Trim()));
        Assert.False(await server.RunsAsync(conversation, Ct));
        Assert.Equal("first part", (await server.Client.ItemsAsync(conversation, Ct))[1]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_signal_stops_the_turn_of_a_server_of_its_own_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var server = await ServerProcess.StartWithScriptsAsync(Ct);
        await server.KillAsync(Ct);
        var conversation = Guid.NewGuid();
        using var asking = server.Launch("ask", "say|first part\nhang", "--harness", "script", "--conversation", $"{conversation}");
        var error = asking.StandardError.ReadToEndAsync(Ct);
        await BeginsAsync(asking, "first part");
        await SignalAsync("-INT", asking);
        await asking.WaitForExitAsync(Ct);
        Assert.Equal((1, "Stopped."), (asking.ExitCode, (await error).Trim()));

        await server.RestartAsync(Ct);
        var answer = (await server.Client.ItemsAsync(conversation, Ct))[1]!;
        Assert.Equal("cancelled", answer["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_server_that_goes_away_ends_the_question_with_a_sentence()
    {
        await using var server = await ServerProcess.StartWithScriptsAsync(Ct);
        using var asking = server.Launch("ask", "say|first part\nhang", "--harness", "script");
        var error = asking.StandardError.ReadToEndAsync(Ct);
        await BeginsAsync(asking, "first part");

        await server.KillAsync(Ct);
        await asking.WaitForExitAsync(Ct);

        Assert.Equal(1, asking.ExitCode);
        Assert.Contains("went away", Assert.Single((await error).Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_what_the_agent_asks_is_denied_at_once_and_said()
    {
        await using var server = await ServerProcess.StartWithScriptsAsync(Ct);
        var (exitCode, output, error) = await server.RunAsync(Ct, "ask", "approve|run_command|a thing\nask|Which colour?|red|blue", "--harness", "script");
        Assert.Equal(0, exitCode);
        Assert.Contains("denied", output, StringComparison.Ordinal);
        Assert.Contains("answer: none", output, StringComparison.Ordinal);
        Assert.Contains("Do a thing", error, StringComparison.Ordinal);
        Assert.Contains("Which colour?", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_for_one_question_begins_no_other_work()
    {
        await using var server = await ServerProcess.StartWithScriptsAsync(Ct);
        (await server.Client.Http.PutAsJsonAsync("settings/harness", new JsonObject { ["value"] = "script" }, Ct)).EnsureSuccessStatusCode().Dispose();
        var schedule = await CreateAsync(server, "schedules", new() { ["title"] = "due", ["prompt"] = "until|go", ["cadence"] = "daily", ["next_run_at"] = "2099-01-01T00:00:00Z" });
        var conversation = Guid.NewGuid();
        foreach (var script in new[] { "hang", "until|go\nsay|went on" })
            await CreateAsync(server, "responses", new() { ["input"] = script, ["conversation"] = $"{conversation}", ["background"] = true });
        await server.KillAsync(Ct);
        await MakeDueAsync(server);

        Assert.Equal(0, (await server.RunAsync(Ct, "ask", "say|done")).ExitCode);

        await server.LetGoAsync("go", Ct);
        await server.RestartAsync(Ct);
        await Eventually.TrueAsync(async () => (await server.Client.ItemsAsync(conversation, Ct)) is [_, _, _, { } answer] && answer["content"]!.GetValue<string>() == "went on", Ct);
        JsonArray runs = [];
        await Eventually.TrueAsync(
            async () => (runs = (await server.Client.Http.GetFromJsonAsync<JsonNode>($"schedules/{schedule}/runs", Ct))!["runs"]!.AsArray()) is [{ } run] && run["status"]!.GetValue<string>() != "running",
            Ct);
        Assert.Equal("success", runs[0]!["status"]!.GetValue<string>());
    }

    static async Task<string> CreateAsync(ServerProcess server, string what, JsonObject body)
    {
        using var created = await server.Client.Http.PostAsJsonAsync(what, body, Ct);
        return (await created.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>(Ct))!["id"]!.GetValue<string>();
    }

    static async Task MakeDueAsync(ServerProcess server)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(server.Home, ".cowork", "cowork.db")};Pooling=False");
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE schedules SET next_run_at = created_at";
        await command.ExecuteNonQueryAsync(Ct);
    }

    static async Task BeginsAsync(Process process, string text)
    {
        var read = new char[text.Length];
        await process.StandardOutput.ReadBlockAsync(read, Ct);
        Assert.Equal(text, new string(read));
    }

    static async Task SignalAsync(string signal, Process process)
    {
        using var kill = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Ct);
    }
}
