using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Cowork.Host.Tests.Conversations;

/// <summary>Copies of conversations: forks, exports and imports.</summary>
public sealed partial class TransferTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fork_at_a_message_goes_its_own_way_from_there()
    {
        var id = await shared.NewConversationAsync(new() { ["title"] = "origin" });
        await shared.AskAsync("q0 [[say a0]]", id);
        await shared.AskAsync("q1 [[say a1]]", id);
        var items = await shared.Client.ItemsAsync(id, Ct);

        var (status, fork) = await shared.PostAsync($"conversations/{id}/fork", new JsonObject { ["message_id"] = items[1]!["id"]!.GetValue<string>() });

        Assert.Equal((201, "origin (copy)"), (status, fork!["title"]!.GetValue<string>()));
        var copy = fork["id"]!.GetValue<Guid>();
        var copied = await shared.Client.ItemsAsync(copy, Ct);
        Assert.Equal(["q0 [[say a0]]", "a0"], copied.Select(i => i!["content"]!.GetValue<string>()));
        Assert.Equal(items[1]!["events"]!.ToJsonString(), copied[1]!["events"]!.ToJsonString());
        Assert.Empty(copied.Select(i => i!["id"]!.GetValue<string>()).Intersect(items.Select(i => i!["id"]!.GetValue<string>())));

        await shared.AskAsync("[[say elsewhere]]", copy);
        Assert.Equal(4, (await shared.Client.ItemsAsync(copy, Ct)).Count);
        Assert.Equal(items.ToJsonString(), (await shared.Client.ItemsAsync(id, Ct)).ToJsonString());
    }

    [Fact]
    public async Task A_fork_outlives_its_original_with_all_its_files()
    {
        var id = await shared.NewConversationAsync();
        var (upload, _) = await shared.AddUploadAsync("general", id.ToString(), "file content");
        await shared.PostAsync("responses", new JsonObject
        {
            ["conversation"] = id.ToString(),
            ["input"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["type"] = "input_file", ["file_id"] = $"{upload}" }, new JsonObject { ["type"] = "input_text", ["text"] = "[[say seen]]" }) }),
        });
        var copy = (await shared.PostAsync($"conversations/{id}/fork", null)).Body!["id"]!.GetValue<Guid>();
        await shared.DeleteAsync($"conversations/{id}");

        var file = (await shared.Client.ItemsAsync(copy, Ct))[0]!["content"]![0]!["file_id"]!.GetValue<Guid>();
        Assert.NotEqual(upload, file);
        Assert.Equal("file content", await File.ReadAllTextAsync(shared.Scalar<string>("SELECT path FROM files WHERE id = ?1 AND purpose = ?2", file, $"attachment:general:{copy}")!, Ct));
    }

    [Fact]
    public async Task A_fork_at_a_foreign_message_makes_nothing()
    {
        var id = await shared.NewConversationAsync();
        var other = await shared.NewConversationAsync();
        await shared.AskAsync("[[say x]]", other);
        await shared.AddUploadAsync("general", id.ToString());
        var message = (await shared.Client.ItemsAsync(other, Ct))[0]!["id"]!.GetValue<string>();
        var (conversations, files) = (shared.Scalar<long>("SELECT COUNT(*) FROM conversations"), Directory.GetDirectories(Path.Combine(shared.Host.Home, ".cowork", "files")).Length);
        Assert.Equal(404, (await shared.PostAsync($"conversations/{id}/fork", new JsonObject { ["message_id"] = message })).Status);
        Assert.Equal(404, (await shared.PostAsync($"conversations/{Guid.NewGuid()}/fork", new JsonObject())).Status);
        Assert.Equal((conversations, files), (shared.Scalar<long>("SELECT COUNT(*) FROM conversations"), Directory.GetDirectories(Path.Combine(shared.Host.Home, ".cowork", "files")).Length));
    }

    [Fact]
    public async Task What_was_exported_comes_back_the_same()
    {
        await shared.NewProjectAsync("traveller");
        var id = await shared.NewConversationAsync(new() { ["title"] = "日本: \"trip\" 🚀", ["project"] = "traveller", ["disabled_connections"] = new JsonArray(new JsonObject { ["engine"] = "gmail", ["name"] = "a" }) });
        await shared.AskAsync("question ü [[say answer]]", id);
        await shared.AskAsync("[[error 400 no]]", id);
        using var answer = await shared.Host.Http.GetAsync($"conversations/{id}/export?format=json", Ct);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("日本   trip  🚀.json", answer.Content.Headers.ContentDisposition.FileNameStar);
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!;

        var (status, imported) = await shared.PostAsync("conversations/import", document);

        Assert.Equal(201, status);
        Assert.Equal(("日本: \"trip\" 🚀", "traveller"), (imported!["title"]!.GetValue<string>(), imported["project"]!.GetValue<string>()));
        Assert.Equal("gmail", imported["disabledConnections"]![0]!["engine"]!.GetValue<string>());
        var copy = imported["id"]!.GetValue<Guid>();
        Assert.NotEqual(id, copy);
        Assert.Equal(Comparable(await shared.Client.ItemsAsync(id, Ct)), Comparable(await shared.Client.ItemsAsync(copy, Ct)));
    }

    [Fact]
    public async Task An_export_to_read_shows_who_said_what()
    {
        var id = await shared.NewConversationAsync(new() { ["title"] = "to\nread" });
        await shared.AskAsync("What? [[say That.]]", id);
        using var answer = await shared.Host.Http.GetAsync($"conversations/{id}/export", Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.StartsWith("# to read\n", text, StringComparison.Ordinal);
        Assert.Contains("## You\n\nWhat? [[say That.]]\n\n## anton\n\nThat.\n", text, StringComparison.Ordinal);
        Assert.EndsWith(".md", answer.Content.Headers.ContentDisposition!.FileNameStar, StringComparison.Ordinal);
        Assert.Equal(422, (await shared.GetAsync($"conversations/{id}/export?format=pdf")).Status);
    }

    [Theory]
    [InlineData("""{"format":"other","version":1,"title":"t","items":[]}""")] // of another program
    [InlineData("""{"format":"cowork-conversation","version":2,"title":"t","items":[]}""")] // from the future
    [InlineData("""{"format":"cowork-conversation","version":1,"title":"t"}""")] // no items
    [InlineData("""{"format":"cowork-conversation","version":1,"title":"t","items":[{"role":"system","content":"x"}]}""")] // a role that is not stored
    [InlineData("""{"format":"cowork-conversation","version":1,"title":"t","items":[{"role":"user","content":5}]}""")] // no content
    [InlineData("""{"format":"cowork-conversation","version":1,"title":"t","items":[{"role":"user","content":"x\ud800"}]}""")] // half a surrogate pair
    [InlineData("""{"format":"cowork-conversation","version":1,"title":"t","items":[{"role":"assistant","content":"x","events":["},{"]}]}""")] // an event that is none
    [InlineData("""{"format":"cowork-conversation","version":1,"title":"t","items":[{"role":"user","content":"x","created_at":"soon"}]}""")] // no time
    [InlineData("[]")] // no object
    public async Task A_file_that_is_no_exported_conversation_makes_nothing(string json)
    {
        var count = shared.Scalar<long>("SELECT COUNT(*) FROM conversations");
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await shared.Host.Http.PostAsync("conversations/import", content, Ct);
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Equal(count, shared.Scalar<long>("SELECT COUNT(*) FROM conversations"));
    }

    [Fact]
    public async Task A_model_is_told_the_same_after_an_import()
    {
        var id = await shared.NewConversationAsync(new() { ["title"] = "kept" });
        await shared.PatchAsync($"conversations/{id}", new JsonObject { ["title"] = "" });
        var (upload, _) = await shared.AddUploadAsync("general", id.ToString(), "file content");
        var (elsewhere, _) = await shared.AddUploadAsync("general", Guid.NewGuid().ToString(), "of another conversation");
        await shared.PostAsync("responses", new JsonObject
        {
            ["conversation"] = id.ToString(),
            ["input"] = new JsonArray(new JsonObject
            {
                ["role"] = "user",
                ["content"] = new JsonArray(
                    new JsonObject { ["type"] = "input_file", ["file_id"] = $"{upload}" },
                    new JsonObject { ["type"] = "input_file", ["file_id"] = $"{elsewhere}" },
                    new JsonObject { ["type"] = "input_text", ["text"] = "[[tool list_files {\"path\": \".\"}]] [[say seen]]" }),
            }),
        });
        Assert.NotNull(shared.Scalar<string>("SELECT transcript FROM messages WHERE conversation_id = ?1 AND role = 'assistant'", id));
        var document = (await shared.GetAsync($"conversations/{id}/export?format=json")).Body!;

        await shared.AskAsync("[[say original]]", id);
        await shared.DeleteAsync($"conversations/{id}");
        await shared.DeleteAsync($"files/{elsewhere}");
        var (status, imported) = await shared.PostAsync("conversations/import", document);
        Assert.Equal((201, ""), (status, imported!["title"]!.GetValue<string>()));
        var copy = imported["id"]!.GetValue<Guid>();
        await shared.AskAsync("[[say original]]", copy);

        var asked = shared.Model.Requests.Select(r => r.Body).Where(b => b.ToString().Contains("[[say original]]", StringComparison.Ordinal)).Select(Said).ToList();
        Assert.Equal(2, asked.Count);
        Assert.Equal(asked[0], asked[1]);
        Assert.Contains("tool_calls", asked[1], StringComparison.Ordinal);
        var parts = (await shared.Client.ItemsAsync(copy, Ct))[0]!["content"]!.AsArray();
        var restored = parts[0]!["file_id"]!.GetValue<Guid>();
        Assert.NotEqual(upload, restored);
        Assert.Equal("file content", await shared.Host.Http.GetStringAsync($"files/{restored}/content", Ct));
        Assert.Equal(2, (await shared.Host.GetJsonAsync($"attachments/general/{copy}")).AsArray().Count);
    }

    [Fact]
    public async Task A_file_that_a_document_does_not_bring_is_named_no_more()
    {
        var (foreign, _) = await shared.AddUploadAsync("general", Guid.NewGuid().ToString(), "of another conversation");
        var document = JsonNode.Parse($$"""
            {"format": "cowork-conversation", "version": 1, "title": "t", "files": [{"id": "{{foreign}}", "filename": "large.bin", "content": null}],
             "items": [{"role": "user", "content": [{"type": "input_file", "file_id": "{{foreign}}"}, {"type": "input_text", "text": "hi"}]}]}
            """)!;
        var copy = (await shared.PostAsync("conversations/import", document)).Body!["id"]!.GetValue<Guid>();
        var parts = (await shared.Client.ItemsAsync(copy, Ct))[0]!["content"]!.AsArray();
        Assert.Null(parts[0]!["file_id"]);
        Assert.Equal("hi", parts[1]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task Events_as_deep_as_tools_make_them_come_back()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200);
        using var content = new StringContent($$"""{"format":"cowork-conversation","version":1,"title":"t","items":[{"role":"assistant","content":"x","events":[{{deep}}]}]}""", Encoding.UTF8, "application/json");
        using var answer = await shared.Host.Http.PostAsync("conversations/import", content, Ct);
        Assert.Equal(201, (int)answer.StatusCode);
    }

    /// <summary>What was said to a model, without ids, which differ.</summary>
    static string Said(System.Text.Json.JsonElement body) =>
        Id().Replace(string.Join('\n', body.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() != "system").Select(m => m.GetRawText())), "ID");

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Id();

    /// <summary>Without what belongs to the original: its ids, and what it cost.</summary>
    static string Comparable(JsonArray items)
    {
        foreach (var item in items.Select(i => i!.AsObject()))
            foreach (var own in new[] { "id", "response_id", "usage" })
                item.Remove(own);
        return items.ToJsonString();
    }
}
