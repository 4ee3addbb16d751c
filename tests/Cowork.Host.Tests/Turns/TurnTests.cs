using System.Text.Json.Nodes;
using Cowork.Host.Features.Turns;
using Cowork.Host.Features.Turns.Log;
using Cowork.TestKit;
using CsCheck;

namespace Cowork.Host.Tests.Turns;

/// <summary>The turn engine from outside: real server, real plugin, scripted model.</summary>
public sealed partial class TurnTests : IAsyncLifetime
{
    HostUnderTest _host = null!;
    ScriptedModel _model = null!;
    CoworkClient _client = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.StartAsync();
        _host = await HostUnderTest.StartAsync();
        _client = new(_host.Http.BaseAddress!);
        await _client.UseModelAsync(_model.BaseUrl, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task The_answer_is_in_the_conversation_when_the_last_frame_arrives()
    {
        var conversation = Guid.NewGuid();
        var frames = await _client.AskAsync("[[say all of it]]", conversation, Ct).ToListAsync(Ct);
        var items = await _client.ItemsAsync(conversation, Ct);

        Assert.Equal(["user", "assistant"], items.Select(i => i!["role"]!.GetValue<string>()));
        Assert.Equal("all of it", items[1]!["content"]!.GetValue<string>());
        Assert.Equal("completed", items[1]!["status"]!.GetValue<string>());
        Assert.Equal(frames[^1].Json.ToJsonString(), ((JsonArray)items[1]!["events"]!)[^1]!.ToJsonString());
    }

    [Fact]
    public async Task Stored_events_are_the_frames_with_neighbouring_deltas_merged()
    {
        var conversation = Guid.NewGuid();
        var frames = await _client.AskAsync("[[chunks 20 5 0]]", conversation, Ct).ToListAsync(Ct);
        var events = (JsonArray)(await _client.ItemsAsync(conversation, Ct))[1]!["events"]!;

        Assert.Equal(["response.created", "response.output_text.delta", "response.completed"], events.Select(e => e!["type"]!.GetValue<string>()));
        Assert.Null(events[0]!["conversation_id"]);
        Assert.Equal(string.Concat(Deltas(frames)), events[1]!["delta"]!.GetValue<string>());
        Assert.Equal(2, events[1]!["sequence_number"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_tail_from_any_frame_is_the_rest_of_the_stream_byte_for_byte()
    {
        var conversation = Guid.NewGuid();
        var frames = await _client.AskAsync("[[chunks 12 5 0]]", conversation, Ct).ToListAsync(Ct);
        for (var from = 0; from <= frames.Count; from++)
            Assert.Equal(frames.Skip(from), await _client.TailAsync(conversation, from, Ct).ToListAsync(Ct));
        Assert.Equal(Enumerable.Range(0, frames.Count).Select(i => $"{i}"), frames.Select(f => f.Id));
    }

    [Fact]
    public async Task A_restarted_server_still_replays_the_turn()
    {
        var conversation = Guid.NewGuid();
        var frames = await _client.AskAsync("[[chunks 12 5 0]]", conversation, Ct).ToListAsync(Ct);
        await RestartAsync();
        Assert.Equal(frames, await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task A_reader_that_reconnects_goes_on_after_the_last_frame_it_saw()
    {
        var conversation = Guid.NewGuid();
        var frames = await _client.AskAsync("[[chunks 6 5 0]]", conversation, Ct).ToListAsync(Ct);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"responses/tail?conversation_id={conversation}");
        request.Headers.Add("Last-Event-ID", "3");
        using var response = await _client.Http.SendAsync(request, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.StartsWith($"event: {frames[4].Event}\nid: 4\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public Task Cancelling_at_any_moment_ends_in_exactly_one_terminal_frame_and_keeps_what_was_said() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[1, 3], Gen.Int[1, 40]).SampleAsync(
            async (after, cancels, chunks) =>
            {
                var conversation = Guid.NewGuid();
                var seen = new List<Frame>();
                var stops = new List<Task<bool>>();
                if (after == 0)
                    stops.AddRange(Enumerable.Range(0, cancels).Select(_ => _client.CancelAsync(conversation, Ct)));
                await foreach (var frame in _client.AskAsync($"[[chunks {chunks} 5 1]]", conversation, Ct))
                {
                    seen.Add(frame);
                    if (seen.Count == after)
                        stops.AddRange(Enumerable.Range(0, cancels).Select(_ => _client.CancelAsync(conversation, Ct)));
                }

                var wasStopped = (await Task.WhenAll(stops)).Contains(true);
                var last = Assert.Single(seen, f => f.IsTerminal);
                Assert.Equal(last, seen[^1]);
                if (wasStopped)
                    Assert.Equal("cancelled", last.Json["code"]!.GetValue<string>());
                var answer = (await _client.ItemsAsync(conversation, Ct))[1]!;
                Assert.Equal(string.Concat(Deltas(seen)), answer["content"]!.GetValue<string>());
                Assert.Equal(wasStopped ? "cancelled" : "completed", answer["status"]!.GetValue<string>());
                Assert.False(await _client.CancelAsync(conversation, Ct));
            },
            iter: 20,
            threads: 2);

    [Fact]
    public async Task Cancelling_reaches_the_call_to_the_model()
    {
        var conversation = Guid.NewGuid();
        await foreach (var frame in _client.AskAsync("[[hang]]", conversation, Ct))
            if (frame.Event == "response.created")
            {
                await Eventually.TrueAsync(() => Task.FromResult(_model.Requests.Count > 0), Ct);
                await _client.CancelAsync(conversation, Ct);
            }

        await _model.Requests[0].ClientGone.WaitAsync(TimeSpan.FromSeconds(10), Ct);
    }

    [Fact]
    public async Task Messages_sent_to_a_busy_conversation_wait_in_order_and_can_be_taken_back()
    {
        var conversation = Guid.NewGuid();
        await using var first = _client.AskAsync("[[chunks 2000 5 5]] one", conversation, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await first.MoveNextAsync());
        var ids = new List<string>();
        foreach (var text in new[] { "[[say second]]", "[[say third]]", "[[say fourth]]" })
            ids.Add(await SendInBackgroundAsync(conversation, text));

        var queue = (JsonArray)(await _host.GetJsonAsync($"conversations/{conversation}/queue"))["queue"]!;
        Assert.Equal(ids, queue.Select(q => q!["id"]!.GetValue<string>()));
        var (status, _) = await _host.SendAsync(HttpMethod.Delete, $"conversations/{conversation}/queue/{ids[1]}");
        Assert.Equal(200, status);
        (status, _) = await _host.SendAsync(HttpMethod.Delete, $"conversations/{conversation}/queue/{ids[1]}");
        Assert.Equal(404, status);

        await _client.CancelAsync(conversation, Ct);
        await EndAsync(ids[2]);
        var said = (await _client.ItemsAsync(conversation, Ct)).Select(i => i!["content"]!.GetValue<string>()).ToList();
        Assert.Equal(["[[say second]]", "second", "[[say fourth]]", "fourth"], said[2..]);
    }

    [Fact]
    public async Task A_caller_who_does_not_want_to_wait_gets_a_409()
    {
        var conversation = Guid.NewGuid();
        await using var first = _client.AskAsync("[[hang]]", conversation, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await first.MoveNextAsync());
        var (status, body) = await _host.SendAsync(HttpMethod.Post, "responses", new JsonObject { ["input"] = "me too", ["conversation"] = $"{conversation}", ["on_busy"] = "reject" });
        Assert.Equal((409, "conversation_busy"), (status, body!["code"]!.GetValue<string>()));
        Assert.Single(await _client.ItemsAsync(conversation, Ct));
        await _client.CancelAsync(conversation, Ct);
    }

    [Fact]
    public async Task A_message_that_waited_when_the_server_stopped_is_answered_after_the_start()
    {
        var conversation = Guid.NewGuid();
        await using (var first = _client.AskAsync("[[hang]]", conversation, Ct).GetAsyncEnumerator(Ct))
            Assert.True(await first.MoveNextAsync());
        var waiting = await SendInBackgroundAsync(conversation, "[[say finally]]");
        await RestartAsync();
        await EndAsync(waiting);
        var items = await _client.ItemsAsync(conversation, Ct);
        Assert.Equal(["completed", "interrupted"], new[] { items[3]!["status"]!.GetValue<string>(), items[1]!["status"]!.GetValue<string>() });
        Assert.Equal("finally", items[3]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_failed_turn_is_in_the_conversation_with_its_code_and_sentence()
    {
        var conversation = Guid.NewGuid();
        await _client.AskAsync("[[error 401 bad key sk-secret]]", conversation, Ct).ToListAsync(Ct);
        var answer = (await _client.ItemsAsync(conversation, Ct))[1]!;
        Assert.Equal(("failed", "provider_auth"), (answer["status"]!.GetValue<string>(), answer["error_code"]!.GetValue<string>()));
        Assert.DoesNotContain("sk-secret", answer.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tokens_of_a_turn_are_told_however_it_ends()
    {
        foreach (var (text, status) in new[] { ("[[say done]]", "completed"), ("[[tool list_files {}]] [[error 402 no credit]]", "failed") })
        {
            var conversation = Guid.NewGuid();
            if (status == "failed")
                _model.Reply(Replies.Stream(Frames.ChatToolCalls(("list_files", "{}"))));

            var frames = await _client.AskAsync(text, conversation, Ct).ToListAsync(Ct);

            var answer = (await _client.ItemsAsync(conversation, Ct))[1]!;
            Assert.Equal(status, answer["status"]!.GetValue<string>());
            Assert.Equal(30, answer["usage"]!["total_tokens"]!.GetValue<long>());
            Assert.Equal(30, (frames[^1].Json["usage"] ?? frames[^1].Json["response"]!["usage"])!["total_tokens"]!.GetValue<long>());
        }
    }

    [Fact]
    public async Task A_background_run_can_be_polled_and_streamed_from_a_frame_on()
    {
        var id = await SendInBackgroundAsync(Guid.NewGuid(), "[[say in the background]]");
        var done = await EndAsync(id);
        Assert.Equal("in the background", done["output"]![0]!["content"]![0]!["text"]!.GetValue<string>());
        Assert.Equal(30, done["usage"]!["total_tokens"]!.GetValue<int>());
        var rest = await _client.Http.GetStringAsync($"responses/{id}?stream=true&starting_after=2", Ct);
        Assert.StartsWith("event: response.output_text.delta\nid: 2\n", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_that_hang_up_leave_the_turn_and_other_readers_alone()
    {
        var conversation = Guid.NewGuid();
        var listeners = ((InProcessRunBus)_host.Get<IRunBus>()).SubscriberCount;
        var whole = _client.AskAsync("[[chunks 600 5 2]]", conversation, Ct).ToListAsync(Ct).AsTask();
        await Eventually.TrueAsync(async () => (await _host.GetJsonAsync($"responses/in-flight?conversation_id={conversation}"))["in_flight"]!.GetValue<bool>(), Ct);
        await Parallel.ForAsync(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 20, CancellationToken = Ct }, async (_, ct) =>
        {
            await using var reader = _client.TailAsync(conversation, 0, ct).GetAsyncEnumerator(ct);
            await reader.MoveNextAsync();
        });
        var frames = await whole;
        Assert.Equal(602, frames.Count);
        Assert.Equal(frames, await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct));

        var turns = _host.Get<TurnService>();
        await Eventually.TrueAsync(() => Task.FromResult(turns.RunCount == 0), Ct);
        Assert.Equal(listeners, ((InProcessRunBus)_host.Get<IRunBus>()).SubscriberCount);
        var log = await HeldLogAsync(conversation);
        await _host.Get<ITurnLogs>().RemoveAsync(conversation);
        // Its readers are gone, each when the server has heard of it.
        await Eventually.TrueAsync(
            () =>
            {
#pragma warning disable RS0030 // What is asked is whether anything still holds the log.
                GC.Collect();
#pragma warning restore RS0030
                return Task.FromResult(!log.IsAlive);
            },
            Ct);
    }

    /// <summary>Of its own, so that no local of a test holds the log.</summary>
    async Task<WeakReference> HeldLogAsync(Guid conversation) => new(await _host.Get<ITurnLogs>().FindAsync(conversation, 0));

    static IEnumerable<string> Deltas(IEnumerable<Frame> frames) =>
        frames.Where(f => f.Event == "response.output_text.delta").Select(f => f.Json["delta"]!.GetValue<string>());

    async Task<string> SendInBackgroundAsync(Guid conversation, string text)
    {
        var (status, body) = await _host.SendAsync(HttpMethod.Post, "responses", new JsonObject { ["input"] = text, ["conversation"] = $"{conversation}", ["background"] = true });
        Assert.Equal(200, status);
        return body!["id"]!.GetValue<string>();
    }

    async Task<JsonNode> EndAsync(string response)
    {
        JsonNode state = new JsonObject();
        await Eventually.TrueAsync(
            async () => (state = await _host.GetJsonAsync($"responses/{response}"))["status"]!.GetValue<string>() is not ("queued" or "in_progress"),
            Ct);
        return state;
    }

    async Task RestartAsync()
    {
        await _host.RestartAsync();
        _client.Dispose();
        _client = new(_host.Http.BaseAddress!);
    }
}
