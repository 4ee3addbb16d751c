using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Turns;

/// <summary>Messages that wait for their turn: whoever waits for one hears how it ended, however that was.</summary>
public sealed class QueueTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_waits_ends_with_one_last_frame_when_its_message_is_taken_back(bool fromQueue)
    {
        var conversation = Guid.NewGuid();
        await shared.StartHangingTurnAsync(conversation);
        var stream = shared.Client.AskAsync("never answered", conversation, Ct).ToListAsync(Ct).AsTask();
        var id = await FirstInQueueAsync(conversation);
        var (status, _) = fromQueue ? await shared.DeleteAsync($"conversations/{conversation}/queue/{id}") : await shared.PostAsync($"responses/{id}/cancel", null);
        Assert.Equal(200, status);

        var last = Assert.Single(await stream);
        Assert.Equal(("response.failed", "cancelled", 1), (last.Event, last.Json["code"]!.GetValue<string>(), last.Json["sequence_number"]!.GetValue<int>()));
        await shared.Client.CancelAsync(conversation, Ct);
    }

    [Fact]
    public async Task A_message_that_was_taken_back_is_still_known_as_cancelled()
    {
        var conversation = Guid.NewGuid();
        await shared.StartHangingTurnAsync(conversation);
        var waiting = shared.PostAsync("responses", new JsonObject { ["input"] = "never answered", ["conversation"] = $"{conversation}" });
        var id = await FirstInQueueAsync(conversation);

        var (status, cancelled) = await shared.PostAsync($"responses/{id}/cancel", null);
        Assert.Equal((200, "cancelled"), (status, cancelled!["status"]!.GetValue<string>()));
        (status, cancelled) = await shared.GetAsync($"responses/{id}");
        Assert.Equal((200, "cancelled", "cancelled"), (status, cancelled!["status"]!.GetValue<string>(), cancelled["error"]!["code"]!.GetValue<string>()));
        Assert.Empty((JsonArray)cancelled["output"]!);
        (status, var problem) = await waiting;
        Assert.Equal((409, "cancelled"), (status, problem!["code"]!.GetValue<string>()));
        Assert.Single(await shared.Client.ItemsAsync(conversation, Ct));
        Assert.Equal("response.failed", Assert.Single(await FramesAsync($"responses/{id}?stream=true")).Event);
        await shared.Client.CancelAsync(conversation, Ct);
    }

    [Fact]
    public async Task Whoever_sends_a_message_while_its_conversation_is_deleted_gets_an_answer()
    {
        for (var round = 0; round < 20; round++)
        {
            var conversation = Guid.NewGuid();
            await shared.StartHangingTurnAsync(conversation);
            var sending = Enumerable.Range(0, 6).Select(i => shared.PostAsync("responses", new JsonObject { ["input"] = $"[[say {i}]]", ["conversation"] = $"{conversation}" })).ToList();
            var (status, _) = await shared.DeleteAsync($"conversations/{conversation}");
            Assert.InRange(status, 200, 204);
            await Task.WhenAll(sending).WaitAsync(TimeSpan.FromSeconds(30), Ct);
            await shared.DeleteAsync($"conversations/{conversation}");
        }
    }

    [Fact]
    public async Task The_queue_of_a_conversation_that_does_not_exist_is_a_404()
    {
        var (status, body) = await shared.GetAsync($"conversations/{Guid.NewGuid()}/queue");
        Assert.Equal((404, "conversation_not_found"), (status, body!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_full_queue_refuses_the_next_message()
    {
        var conversation = Guid.NewGuid();
        await shared.StartHangingTurnAsync(conversation);
        JsonObject Message() => new() { ["input"] = "one more", ["conversation"] = $"{conversation}", ["background"] = true };
        for (var i = 0; i < 100; i++)
            Assert.Equal(200, (await shared.PostAsync("responses", Message())).Status);
        var (status, body) = await shared.PostAsync("responses", Message());
        Assert.Equal((429, "queue_full"), (status, body!["code"]!.GetValue<string>()));
        await shared.DeleteAsync($"conversations/{conversation}");
    }

    [Fact]
    public async Task Whoever_waits_when_the_server_stops_is_told_that_the_message_is_kept()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var host = await HostUnderTest.StartAsync();
        using var client = new CoworkClient(host.Http.BaseAddress!);
        using var http = new HttpClient { BaseAddress = host.Http.BaseAddress };
        await client.UseModelAsync(model.BaseUrl, Ct);
        var conversation = Guid.NewGuid();
        await using var running = client.AskAsync("[[hang]]", conversation, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await running.MoveNextAsync());
        var stream = client.AskAsync("[[say streamed]]", conversation, Ct).ToListAsync(Ct).AsTask();
        using var body = new StringContent(new JsonObject { ["input"] = "[[say plain]]", ["conversation"] = $"{conversation}" }.ToJsonString(), null, "application/json");
        var plain = http.PostAsync("responses", body, Ct);
        await Eventually.TrueAsync(async () => ((JsonArray)(await host.GetJsonAsync($"conversations/{conversation}/queue"))["queue"]!).Count == 2, Ct);

        await host.RestartAsync();
        var last = Assert.Single(await stream);
        Assert.Equal(("response.failed", "interrupted"), (last.Event, last.Json["code"]!.GetValue<string>()));
        using var answer = await plain;
        Assert.Equal(503, (int)answer.StatusCode);
        await Eventually.TrueAsync(async () => await host.GetJsonAsync($"conversations/{conversation}/items") is JsonArray { Count: 6 } items && items[5]!["status"]!.GetValue<string>() == "completed", Ct);
    }

    async Task<string> FirstInQueueAsync(Guid conversation)
    {
        JsonArray queue = [];
        await Eventually.TrueAsync(async () => (queue = (JsonArray)(await shared.Host.GetJsonAsync($"conversations/{conversation}/queue"))["queue"]!).Count > 0, Ct);
        return queue[0]!["id"]!.GetValue<string>();
    }

    Task<List<Frame>> FramesAsync(string path) => shared.Client.FollowAsync(path, Ct).ToListAsync(Ct).AsTask();
}
