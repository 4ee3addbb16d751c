namespace Cowork.Host.Tests.Conversations;

/// <summary>Rows that other programs wrote: one that is damaged spoils no conversation.</summary>
public sealed class StoredJsonTests(SharedHost shared) : IClassFixture<SharedHost>
{
    [Theory]
    [InlineData("{not json")] // broken off
    [InlineData("just words")] // a text that nobody quoted
    [InlineData("\"half \\ud800 a pair\"")] // no character
    [InlineData("")] // nothing
    [InlineData("{} {}")] // two values
    public async Task Stored_text_that_is_no_JSON_is_shown_as_text_and_turns_go_on(string stored)
    {
        var conversation = await shared.NewConversationAsync();
        await shared.AskAsync("first", conversation);
        var answer = shared.Scalar<string>("SELECT id FROM messages WHERE conversation_id = ?1 AND role = 'assistant'", conversation)!;
        await shared.ExecuteAsync("UPDATE messages SET content = ?2 WHERE conversation_id = ?1", conversation, stored);
        await shared.ExecuteAsync("UPDATE message_events SET event_data = ?2 WHERE message_id = ?1 AND sequence_number = 1", answer, stored);

        await shared.AskAsync("second", conversation);

        var items = (await shared.Host.GetJsonAsync($"conversations/{conversation}/items")).AsArray();
        Assert.Equal(4, items.Count);
        Assert.Equal("response.created", (string?)items[1]!["events"]![0]!["type"]);
        Assert.Equal("response.completed", (string?)items[1]!["events"]!.AsArray()[^1]!["type"]);
        Assert.Equal("response.completed", (string?)items[3]!["events"]!.AsArray()[^1]!["type"]);
        if (!stored.StartsWith('"'))
            Assert.All([items[0]!["content"], items[1]!["content"], items[1]!["events"]![1]], text => Assert.Equal(stored, (string?)text));
        foreach (var format in new[] { "json", "markdown" })
        {
            using var export = await shared.Host.Http.GetAsync($"conversations/{conversation}/export?format={format}", TestContext.Current.CancellationToken);
            Assert.True(export.IsSuccessStatusCode);
        }
    }

    [Fact]
    public async Task Deep_events_are_passed_on_as_they_are()
    {
        var conversation = await shared.NewConversationAsync();
        await shared.AskAsync("deep", conversation);
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200);
        await shared.ExecuteAsync("UPDATE message_events SET event_data = ?2 WHERE sequence_number = 1 AND message_id IN (SELECT id FROM messages WHERE conversation_id = ?1)", conversation, deep);
        Assert.Contains(deep, await shared.Host.Http.GetStringAsync($"conversations/{conversation}/items", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_fails_half_way_is_cut_off_and_not_mended()
    {
        var conversation = await shared.NewConversationAsync();
        await shared.AskAsync("whole", conversation);
        await shared.ExecuteAsync("UPDATE messages SET id = 'no id' WHERE conversation_id = ?1 AND role = 'assistant'", conversation);
        await Assert.ThrowsAsync<HttpRequestException>(() => shared.Host.Http.GetStringAsync($"conversations/{conversation}/items", TestContext.Current.CancellationToken));
    }
}
