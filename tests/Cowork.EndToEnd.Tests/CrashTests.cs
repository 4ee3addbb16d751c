using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>The executable is killed in the middle of its work, again and again; nothing that was typed or seen may be lost.</summary>
public sealed class CrashTests
{
    const int Kills = 50;
    const int TurnsAtOnce = 4;

    /// <summary>What is older than this when the process dies is on disk; the promise is 50, and the machine may be busy.</summary>
    const int FlushedAfterMs = 1000;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_survives_the_process_and_its_answer_goes_on_after_a_restart()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await ServerProcess.StartAsync(Ct);
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        var conversation = Guid.NewGuid();
        var frames = await server.Client.AskAsync("remember [[say I will]]", conversation, Ct).ToListAsync(Ct);
        Assert.True(frames[^1].IsTerminal);

        await server.KillAsync(Ct);
        await server.RestartAsync(Ct);
        var items = await server.Client.ItemsAsync(conversation, Ct);
        Assert.Equal(["remember [[say I will]]", "I will"], items.Select(i => i!["content"]!.GetValue<string>()));

        await server.Client.AskAsync("and now? [[say still here]]", conversation, Ct).ToListAsync(Ct);
        Assert.Equal(4, (await server.Client.ItemsAsync(conversation, Ct)).Count);
    }

    [Fact]
    public async Task What_was_done_before_the_process_was_killed_is_known_in_the_next_turn()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await ServerProcess.StartAsync(Ct);
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        var conversation = Guid.NewGuid();
        model.Reply(Replies.Stream(Frames.ChatReply("I write it. ", [("write_file", """{"path":"a.txt","content":"one"}""")])));
        model.Reply(Replies.Stream(Frames.ChatReply("Now the shell.", [("run_command", """{"command":"rm a.txt"}""")])));
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var asking = ReadUntilCutAsync(server.Client, conversation, "write it", hangUp.Token);
        // The command waits for consent.
        await Eventually.TrueAsync(async () => (await server.Client.Http.GetStringAsync("approvals", Ct)).Contains("rm a.txt", StringComparison.Ordinal), Ct);
        var told = ResultsIn(model.Requests[1]);

        await server.KillAsync(Ct);
        await hangUp.CancelAsync();
        await asking.Done;
        await server.RestartAsync(Ct);
        await server.Client.AskAsync("and now? [[say I go on]]", conversation, Ct).ToListAsync(Ct);

        Assert.Equal([.. told, "The server ended before this call was finished."], ResultsIn(model.Requests[^1]));
        Assert.Equal(["user", "assistant", "tool", "assistant", "tool", "user"], model.Requests[^1].Body.GetProperty("messages").EnumerateArray().Skip(1).Select(m => m.GetProperty("role").GetString()));
    }

    static IEnumerable<string?> ResultsIn(ReceivedRequest request) =>
        request.Body.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() == "tool").Select(m => m.GetProperty("content").GetString());

    [Fact]
    public async Task Killed_at_fifty_random_moments_the_server_keeps_every_question_and_every_frame_it_had_stored()
    {
        var random = new Random(20261123);
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await ServerProcess.StartAsync(Ct);
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        for (var round = 0; round < Kills; round++)
        {
            // Now and then the turns are long, so that most of what was seen must have reached the disk, and a message waits behind one of them.
            var isLong = round % 5 == 4;
            var asked = Enumerable.Range(0, TurnsAtOnce).Select(_ => Guid.NewGuid()).ToArray();
            var killed = new CancellationTokenSource();
            var reading = asked.Select((c, i) => ReadUntilCutAsync(server.Client, c, $"round {round} [[chunks {(isLong ? 2000 : random.Next(5, 80))} 6 3]]", killed.Token)).ToArray();
            // The moment is chosen by progress, not by the clock, so that a slow machine sees the same mixture.
            var moment = random.Next(0, 60);
            await Eventually.TrueAsync(
                () => Task.FromResult(isLong ? reading.All(r => Span(r.Seen) > 2 * FlushedAfterMs) : reading.Sum(r => r.Seen.Count) >= moment || reading.All(r => r.Done.IsCompleted)), Ct);
            if (isLong)
                await server.Client.SendAsync("waits [[say later]]", asked[0], Ct);
            await server.KillAsync(Ct);
            await killed.CancelAsync();
            await Task.WhenAll(reading.Select(r => r.Done));
            await server.RestartAsync(Ct);
            for (var i = 0; i < asked.Length; i++)
                await CheckAsync(server.Client, asked[i], reading[i].Seen, isLong && i == 0);
            killed.Dispose();
        }
    }

    /// <summary>What the client saw and what is stored must be the same stream; stored may be shorter by what had no time to reach the disk.</summary>
    static async Task CheckAsync(CoworkClient client, Guid conversation, List<Frame> seen, bool hasWaiting)
    {
        if (seen.Count == 0)
            return; // Killed before the request was taken; the client knows that it was not.
        JsonArray items = [];
        await Eventually.TrueAsync(async () => (items = await client.ItemsAsync(conversation, Ct)).Count == (hasWaiting ? 4 : 2), Ct);
        Assert.Equal(["user", "assistant"], items.Take(2).Select(i => i!["role"]!.GetValue<string>()));
        Assert.Contains("[[chunks", items[0]!["content"]!.GetValue<string>(), StringComparison.Ordinal);
        if (hasWaiting)
            Assert.Equal(("waits [[say later]]", "later", "completed"), (items[2]!["content"]!.GetValue<string>(), items[3]!["content"]!.GetValue<string>(), items[3]!["status"]!.GetValue<string>()));

        var stored = await client.FollowAsync($"responses/{seen[0].Json["response"]!["id"]}?stream=true", Ct).ToListAsync(Ct);
        Assert.True(stored[^1].IsTerminal);
        Assert.Single(stored, f => f.IsTerminal);
        var common = Math.Min(stored.Count - 1, seen.Count(f => !f.IsTerminal));
        Assert.Equal(seen.Take(common), stored.Take(common));
        Assert.InRange(common, seen.Count(f => !f.IsTerminal && AtMs(f) < AtMs(seen[^1]) - FlushedAfterMs), int.MaxValue);

        var status = items[1]!["status"]!.GetValue<string>();
        Assert.Equal(stored[^1].Event == "response.completed" ? "completed" : "interrupted", status);
        var answer = items[1]!["content"]!.GetValue<string>();
        Assert.Equal(string.Concat(stored.Where(f => f.Event == "response.output_text.delta").Select(f => f.Json["delta"]!.GetValue<string>())), answer);
        var events = (JsonArray)items[1]!["events"]!;
        Assert.Equal(stored[^1].Json.ToJsonString(), events[^1]!.ToJsonString());
        if (seen[^1].IsTerminal)
            Assert.Equal("completed", status);
    }

    static long AtMs(Frame frame) => frame.Json["at_ms"]!.GetValue<long>();

    /// <summary>From the first to the last frame, in milliseconds.</summary>
    static long Span(List<Frame> seen)
    {
        var count = seen.Count;
        return count == 0 ? 0 : AtMs(seen[count - 1]) - AtMs(seen[0]);
    }

    static (List<Frame> Seen, Task Done) ReadUntilCutAsync(CoworkClient client, Guid conversation, string text, CancellationToken ct)
    {
        var seen = new List<Frame>();
        return (seen, ReadAsync());

        async Task ReadAsync()
        {
            try
            {
                await foreach (var frame in client.AskAsync(text, conversation, ct))
                    seen.Add(frame);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // The server was killed.
            }
        }
    }
}
