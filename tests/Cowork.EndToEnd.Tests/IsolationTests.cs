using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>What a harness does wrong ends its turn, with a sentence, and nothing else.</summary>
[Collection(typeof(AloneCollection))]
public sealed class IsolationTests : IAsyncLifetime
{
    ServerProcess _server = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = new();
        await File.WriteAllTextAsync(Path.Combine(_server.Home, ".env"), "ENABLE_FILE_LOGGING=true\n", Ct);
        await _server.RestartAsync(Ct);
        _server.Drop("rogue-1.0.0", "Cowork.Test.Rogue");
        await Eventually.TrueAsync(async () => (await _server.Client.Http.GetStringAsync("plugins", Ct)).Contains("\"rogue\"", StringComparison.Ordinal), Ct);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_exception_in_the_middle_of_an_answer_keeps_what_was_said_and_shows_no_details()
    {
        var conversation = Guid.NewGuid();
        var stream = await AskAsync("break", conversation);
        Assert.Contains("\"code\":\"internal_error\"", stream, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", stream, StringComparison.Ordinal);
        Assert.Contains((await _server.Client.ItemsAsync(conversation, Ct)).Select(i => i!["content"]!.GetValue<string>()), c => c.StartsWith("before", StringComparison.Ordinal));
        await OthersGoOnAsync();
    }

    [Theory]
    [InlineData("thread", "A thread was asked to throw.")]
    [InlineData("timer", "A timer was asked to throw.")]
    [InlineData("async void", "An async void method was asked to throw.")]
    public async Task What_a_plugin_began_on_its_own_and_nobody_catches_does_not_end_the_server(string what, string exception)
    {
        await AskAsync(what, Guid.NewGuid());
        var errors = Path.Combine(_server.Home, "logs", "errors.log");
        await Eventually.TrueAsync(async () => (await ReadAsync(errors)).Contains(exception, StringComparison.Ordinal), Ct);
        Assert.Contains("Plugin Cowork.Test.Rogue threw an exception that nothing caught", await ReadAsync(errors), StringComparison.Ordinal);
        await OthersGoOnAsync();
    }

    [Fact]
    public async Task Malformed_events_break_neither_the_stream_nor_the_conversation()
    {
        var conversation = Guid.NewGuid();
        var stream = await AskAsync("garbage", conversation);
        var frames = stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(frames, f => JsonNode.Parse(f[(f.IndexOf("data: ", StringComparison.Ordinal) + 6)..]));
        Assert.Single(frames, f => f.Contains("event: response.completed", StringComparison.Ordinal) || f.Contains("event: response.failed", StringComparison.Ordinal));
        Assert.Equal(2, (await _server.Client.ItemsAsync(conversation, Ct)).Count);
        await OthersGoOnAsync();
    }

    [Fact]
    public async Task A_run_that_ignores_its_end_is_left_to_itself()
    {
        var conversation = Guid.NewGuid();
        var asked = AskAsync("ignore", conversation);
        await Eventually.TrueAsync(() => _server.Client.CancelAsync(conversation, Ct), Ct);
        Assert.Contains("\"code\":\"cancelled\"", await asked, StringComparison.Ordinal);
        // The conversation is free for the next question.
        Assert.Contains("internal_error", await AskAsync("break", conversation), StringComparison.Ordinal);
        await OthersGoOnAsync();
    }

    [Theory]
    [InlineData("flood")]
    [InlineData("swell")]
    [InlineData("arguments")]
    [InlineData("results")]
    [InlineData("monster")]
    public async Task A_run_that_never_comes_to_an_end_is_stopped_before_memory_is_full(string how)
    {
        var stream = await AskAsync(how, Guid.NewGuid());
        Assert.Contains("\"code\":\"output_limit\"", stream[^Math.Min(stream.Length, 2000)..], StringComparison.Ordinal);
        await OthersGoOnAsync();
        Assert.InRange(_server.Memory, 1, 1000);
        TestContext.Current.TestOutputHelper!.WriteLine($"{how}: {_server.Memory:F0} MiB");
    }

    async Task<string> AskAsync(string what, Guid conversation)
    {
        var request = new JsonObject { ["input"] = what, ["harness"] = "rogue", ["stream"] = true, ["conversation"] = conversation.ToString() };
        using var response = await _server.Client.Http.PostAsJsonAsync("responses", request, Ct);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Ct);
    }

    async Task OthersGoOnAsync()
    {
        var request = new JsonObject { ["input"] = "hello there", ["harness"] = "echo" };
        using var response = await _server.Client.Http.PostAsJsonAsync("responses", request, Ct);
        Assert.Contains("hello there", await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    static async Task<string> ReadAsync(string file)
    {
        await using var shared = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(shared);
        return await reader.ReadToEndAsync(Ct);
    }
}
