using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Conversations;

/// <summary>Deleting a conversation, and going back in one.</summary>
public sealed class RemovalTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_conversation_leaves_nothing_behind_and_stops_what_runs_in_it()
    {
        var id = await shared.NewConversationAsync();
        await shared.AskAsync("[[say private]]", id);
        var (_, upload) = await shared.AddUploadAsync("general", id.ToString());
        await shared.ExecuteAsync("INSERT INTO pins (id, item_type, item_id) VALUES (?1, 'conversation', ?2)", Guid.NewGuid(), id.ToString());
        var request = await shared.StartHangingTurnAsync(id);
        await shared.PostAsync("responses", new JsonObject { ["input"] = "waiting", ["conversation"] = id.ToString(), ["background"] = true });

        Assert.Equal(200, (await shared.DeleteAsync($"conversations/{id}")).Status);

        await request.ClientGone.WaitAsync(Ct);
        await shared.AssertNowhereAsync($"{id}");
        await shared.AssertNowhereAsync($"{id:N}");
        Assert.Equal(404, (await shared.GetAsync($"responses/tail?conversation_id={id}")).Status);
        Assert.False(Directory.Exists(Path.Combine(shared.Streams, id.ToString())));
        Assert.False(Directory.Exists(Path.GetDirectoryName(upload)));
        Assert.Equal(404, (await shared.DeleteAsync($"conversations/{id}")).Status);
    }

    [Fact]
    public async Task A_deleted_upload_never_takes_a_foreign_folder_with_it()
    {
        var id = await shared.NewConversationAsync();
        var foreign = Path.Combine(shared.Host.Home, "foreign", "file.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        await File.WriteAllTextAsync(foreign, "mine", Ct);
        await shared.ExecuteAsync("INSERT INTO files (id, filename, content_type, size, purpose, path) VALUES (?1, 'f', 't', 1, ?2, ?3)", Guid.NewGuid(), $"attachment:general:{id}", foreign);
        await shared.DeleteAsync($"conversations/{id}");
        Assert.Equal("mine", await File.ReadAllTextAsync(foreign, Ct));
    }

    [Fact]
    public async Task Deletes_and_messages_at_once_leave_a_whole_conversation_or_none()
    {
        for (var round = 0; round < 5; round++)
        {
            var id = await shared.NewConversationAsync();
            var sending = Enumerable.Range(0, 4).Select(_ => shared.PostAsync("responses", new JsonObject { ["input"] = "[[say x]]", ["conversation"] = id.ToString() })).ToList();
            await shared.DeleteAsync($"conversations/{id}");
            await Task.WhenAll(sending);
            await shared.DeleteAsync($"conversations/{id}");
            await shared.AssertNowhereAsync($"{id:N}");
        }
    }

    [Fact]
    public async Task Going_back_deletes_question_answer_and_everything_after()
    {
        var id = await shared.NewConversationAsync();
        for (var i = 0; i < 4; i++)
            await shared.AskAsync($"q{i} [[say a{i}]]", id);
        var (status, body) = await shared.DeleteAsync($"conversations/{id}/turns/1");
        Assert.Equal((200, 6), (status, body!["deleted"]!.GetValue<int>()));
        Assert.Equal(["q0 [[say a0]]", "a0"], await ContentsAsync(id));
        Assert.Equal(1L, shared.Scalar<long>("SELECT COUNT(*) FROM turns WHERE conversation_id = ?1", id));
        Assert.Equal(["turn_000000.jsonl"], Directory.GetFiles(Path.Combine(shared.Streams, id.ToString())).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_deleted_turn_cannot_be_followed_and_the_next_one_streams_its_own_answer()
    {
        var id = await shared.NewConversationAsync();
        await shared.AskAsync("[[say kept]]", id);
        await shared.AskAsync("[[say secret]]", id);
        await shared.DeleteAsync($"conversations/{id}/turns/1");
        Assert.DoesNotContain("secret", await shared.Host.Http.GetStringAsync($"responses/tail?conversation_id={id}", Ct), StringComparison.Ordinal);

        await shared.AskAsync("[[say fresh]]", id);
        var tail = await shared.Host.Http.GetStringAsync($"responses/tail?conversation_id={id}", Ct);
        Assert.Contains("fresh", tail, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", tail, StringComparison.Ordinal);
        Assert.Equal(["[[say kept]]", "kept", "[[say fresh]]", "fresh"], await ContentsAsync(id));
    }

    [Fact]
    public async Task Going_back_stops_the_turn_that_runs_after_that_point()
    {
        var id = await shared.NewConversationAsync();
        await shared.AskAsync("[[say first]]", id);
        var request = await shared.StartHangingTurnAsync(id);
        Assert.Equal(200, (await shared.DeleteAsync($"conversations/{id}/turns/0")).Status);
        await request.ClientGone.WaitAsync(Ct);
        Assert.Empty(await ContentsAsync(id));
        await shared.AskAsync("[[say anew]]", id);
        Assert.Equal(["[[say anew]]", "anew"], await ContentsAsync(id));
    }

    [Fact]
    public async Task The_running_turn_itself_can_be_taken_back()
    {
        var id = await shared.NewConversationAsync();
        await shared.AskAsync("[[say first]]", id);
        await shared.StartHangingTurnAsync(id);
        Assert.Equal(2, (await shared.DeleteAsync($"conversations/{id}/turns/1")).Body!["deleted"]!.GetValue<int>());
        Assert.Equal(["[[say first]]", "first"], await ContentsAsync(id));
    }

    [Theory]
    [InlineData("2")] // one past the running one
    [InlineData("-1")] // before the first
    [InlineData("x")] // no number
    public async Task A_turn_that_is_not_there_stops_nothing(string index)
    {
        var id = await shared.NewConversationAsync();
        await shared.AskAsync("[[say first]]", id);
        var request = await shared.StartHangingTurnAsync(id);
        Assert.True((await shared.DeleteAsync($"conversations/{id}/turns/{index}")).Status is 404 or 422);
        Assert.False(request.ClientGone.IsCompleted);
        Assert.True(await shared.Client.CancelAsync(id, Ct));
    }

    [Fact]
    public async Task Going_back_in_a_conversation_of_the_reference_keeps_the_logs_of_what_stays()
    {
        var id = await shared.NewConversationAsync();
        for (var i = 0; i < 4; i++)
            await shared.ExecuteAsync("INSERT INTO messages (id, conversation_id, role, content, position) VALUES (?1, ?2, ?3, '\"t\"', ?4)", Guid.NewGuid(), id, i % 2 == 0 ? "user" : "assistant", i);
        // It named its logs by the count of messages before the turn.
        var folder = Directory.CreateDirectory(Path.Combine(shared.Streams, id.ToString())).FullName;
        foreach (var number in new[] { 0, 2 })
            await File.WriteAllTextAsync(Path.Combine(folder, $"turn_{number:D6}.jsonl"), "", Ct);
        await shared.AskAsync("[[say ours]]", id);
        Assert.Equal(["turn_000000.jsonl", "turn_000002.jsonl", "turn_000003.jsonl"], Logs(folder));

        Assert.Equal(200, (await shared.DeleteAsync($"conversations/{id}/turns/2")).Status);
        Assert.Equal(["turn_000000.jsonl", "turn_000002.jsonl"], Logs(folder));
        Assert.Equal(200, (await shared.DeleteAsync($"conversations/{id}/turns/1")).Status);
        Assert.Equal(["turn_000000.jsonl"], Logs(folder));
    }

    static IEnumerable<string?> Logs(string folder) => Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    async Task<IEnumerable<string>> ContentsAsync(Guid id) => (await shared.Client.ItemsAsync(id, Ct)).Select(i => i!["content"]!.GetValue<string>());

    [Fact]
    public async Task Agents_hear_of_a_deleted_conversation()
    {
        await using var host = await HostUnderTest.StartWithScriptsAsync();
        var id = Guid.NewGuid();
        await host.RunScriptAsync("say|private", id);

        await host.SendAsync(HttpMethod.Delete, $"conversations/{id}");

        await Eventually.TrueAsync(
            async () => HostUnderTest.TextOf(await host.RunScriptAsync("forgotten", Guid.NewGuid())).Contains($"{id}", StringComparison.Ordinal),
            Ct);
    }
}
