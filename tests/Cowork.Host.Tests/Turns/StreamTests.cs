using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Turns;

/// <summary>Streams say how their turn ended, whichever way and whenever one looks.</summary>
public sealed class StreamTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_turn_read_by_its_id_right_after_its_end_is_whole_while_the_next_one_runs()
    {
        for (var round = 0; round < 25; round++)
        {
            var conversation = Guid.NewGuid();
            await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
            {
                var (status, answer) = await shared.PostAsync("responses", new JsonObject { ["input"] = $"[[say {i}]]", ["conversation"] = $"{conversation}" });
                Assert.Equal(200, status);
                var frames = await shared.Client.FollowAsync($"responses/{answer!["id"]}?stream=true", Ct).ToListAsync(Ct);
                Assert.Equal(("response.created", "response.completed"), (frames[0].Event, frames[^1].Event));
            }));
        }
    }

    [Fact]
    public async Task A_turn_can_be_stopped_as_soon_as_it_is_listed()
    {
        for (var round = 0; round < 60; round++)
        {
            var conversation = Guid.NewGuid();
            var stream = shared.Client.AskAsync("[[hang]]", conversation, Ct).ToListAsync(Ct).AsTask();
            await Eventually.TrueAsync(async () => (await shared.Host.Http.GetStringAsync("responses/in-flight-list", Ct)).Contains($"{conversation}", StringComparison.Ordinal), Ct);
            Assert.True(await shared.Client.CancelAsync(conversation, Ct));
            Assert.Equal("cancelled", (await stream)[^1].Json["code"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Who_asks_for_the_headers_of_a_stream_gets_them_at_once_and_keeps_the_connection()
    {
        var conversation = Guid.NewGuid();
        var (_, answer) = await shared.PostAsync("responses", new JsonObject { ["input"] = "[[hang]]", ["conversation"] = $"{conversation}", ["background"] = true });
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = shared.Host.Http.BaseAddress };
        foreach (var path in (string[])[$"responses/{answer!["id"]}?stream=true", $"responses/tail?conversation_id={conversation}"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, path);
            using var head = await http.SendAsync(request, Ct);
            Assert.Equal((200, "text/event-stream"), ((int)head.StatusCode, head.Content.Headers.ContentType?.MediaType));
            Assert.Contains(conversation.ToString(), await http.GetStringAsync("responses/in-flight-list", Ct), StringComparison.Ordinal);
        }

        Assert.True(await shared.Client.CancelAsync(conversation, Ct));
    }

    [Fact]
    public async Task Everyone_who_stops_a_turn_at_once_hears_the_same()
    {
        var conversation = Guid.NewGuid();
        var stream = shared.Client.AskAsync("[[chunks 2000 5 5]]", conversation, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await stream.MoveNextAsync());
        var id = stream.Current.Json["response"]!["id"]!.GetValue<string>();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => shared.PostAsync($"responses/{id}/cancel", null)));
        Assert.All(answers, a => Assert.Equal((200, "cancelled"), (a.Status, a.Body!["status"]!.GetValue<string>())));
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task Starting_after_a_sequence_number_misses_no_frame()
    {
        var conversation = Guid.NewGuid();
        var frames = await shared.Client.AskAsync("[[chunks 6 5 0]]", conversation, Ct).ToListAsync(Ct);
        var id = frames[0].Json["response"]!["id"]!.GetValue<string>();
        for (var after = 0; after <= frames.Count; after++)
            Assert.Equal(frames.Skip(after), await shared.Client.FollowAsync($"responses/{id}?stream=true&starting_after={after}", Ct).ToListAsync(Ct));
        Assert.Empty(await shared.Client.FollowAsync($"responses/{id}?stream=true&starting_after={int.MaxValue}", Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task A_switch_that_is_neither_yes_nor_no_is_refused()
    {
        var (status, answer) = await shared.PostAsync("responses", new JsonObject { ["input"] = "[[say hi]]" });
        Assert.Equal(200, status);
        (status, var problem) = await shared.GetAsync($"responses/{answer!["id"]}?stream=maybe");
        Assert.Equal((422, "invalid_request"), (status, problem!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_last_event_id_beyond_all_numbers_has_nothing_after_it()
    {
        var conversation = Guid.NewGuid();
        await shared.AskAsync("[[say hi]]", conversation);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"responses/tail?conversation_id={conversation}");
        request.Headers.Add("Last-Event-ID", "99999999999999");
        using var response = await shared.Client.Http.SendAsync(request, Ct);
        Assert.Empty(await response.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task A_failure_without_a_stream_names_its_conversation_and_response()
    {
        var conversation = Guid.NewGuid();
        var (status, problem) = await shared.PostAsync("responses", new JsonObject { ["input"] = "[[error 400 broken]]", ["conversation"] = $"{conversation}" });
        Assert.InRange(status, 400, 599);
        Assert.Equal($"{conversation}", problem!["conversation_id"]!.GetValue<string>());
        (status, _) = await shared.GetAsync($"responses/{problem["response_id"]}");
        Assert.Equal(200, status);
    }

    [Fact]
    public async Task A_turn_that_was_stopped_before_its_first_word_has_no_output()
    {
        var conversation = Guid.NewGuid();
        var waiting = shared.PostAsync("responses", new JsonObject { ["input"] = "[[hang]]", ["conversation"] = $"{conversation}" });
        await Eventually.TrueAsync(() => shared.Client.CancelAsync(conversation, Ct), Ct);
        var (status, problem) = await waiting;
        Assert.Equal((409, "cancelled"), (status, problem!["code"]!.GetValue<string>()));
        Assert.Empty((JsonArray)(await shared.Host.GetJsonAsync($"responses/{problem["response_id"]}"))["output"]!);
    }

    [Fact]
    public async Task A_log_that_another_server_left_without_a_last_frame_ends_with_one_for_its_readers()
    {
        var conversation = Guid.NewGuid();
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(shared.Streams, $"{conversation}")).FullName, "turn_000000.jsonl");
        await File.WriteAllTextAsync(path, """{"seq": 0, "ts": "t", "type": "sse", "data": {"sse": "event: x\ndata: {}\n\n"}}""" + "\n" + """{"seq": 1, "ts": "t", "type": "Interrupted", "data": {"reason": "restart"}}""" + "\n", Ct);
        var frames = await shared.Client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
        Assert.Equal(["x", "response.failed"], frames.Select(f => f.Event));
        Assert.Equal(("interrupted", 2), (frames[1].Json["code"]!.GetValue<string>(), frames[1].Json["sequence_number"]!.GetValue<int>()));
        Assert.Equal(2, (await shared.Host.GetJsonAsync($"responses/in-flight?conversation_id={conversation}"))["latest_seq"]!.GetValue<int>());
    }
}
