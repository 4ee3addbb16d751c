using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Projects;

namespace Cowork.Host.Tests.Conversations;

public sealed class ConversationsTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_generations_of_clients_find_their_spelling()
    {
        var id = await shared.NewConversationAsync(new() { ["title"] = "spelled", ["disabledConnections"] = new JsonArray(new JsonObject { ["engine"] = "gmail", ["name"] = "a" }) });
        var conversation = (await shared.GetAsync($"conversations/{id}")).Body!;
        foreach (var (camel, snake) in new[] { ("createdAt", "created_at"), ("updatedAt", "updated_at"), ("projectPath", "project_path"), ("projectId", "project_id"), ("disabledConnections", "disabled_connections") })
            Assert.Equal(conversation[camel]!.ToJsonString(), conversation[snake]!.ToJsonString());
        Assert.EndsWith("Z", conversation["createdAt"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("gmail", conversation["disabled_connections"]![0]!["engine"]!.GetValue<string>());
    }

    [Fact]
    public async Task Muted_connections_are_kept_until_they_are_replaced()
    {
        var id = await shared.NewConversationAsync();
        var muted = new JsonArray(new JsonObject { ["engine"] = "slack", ["name"] = "team" });
        await shared.PatchAsync($"conversations/{id}", new JsonObject { ["disabled_connections"] = muted.DeepClone() });
        await shared.PatchAsync($"conversations/{id}", new JsonObject { ["title"] = "other", ["disabled_connections"] = null });
        Assert.Equal(muted.ToJsonString(), (await shared.GetAsync($"conversations/{id}")).Body!["disabledConnections"]!.ToJsonString());
        await shared.PatchAsync($"conversations/{id}", new JsonObject { ["disabledConnections"] = new JsonArray() });
        Assert.Equal("[]", (await shared.GetAsync($"conversations/{id}")).Body!["disabledConnections"]!.ToJsonString());
        Assert.Equal(422, (await shared.PatchAsync($"conversations/{id}", new JsonObject { ["disabled_connections"] = new JsonArray("slack") })).Status);
    }

    [Fact]
    public async Task Those_of_one_moment_are_listed_last_made_first_and_pages_lose_none()
    {
        await shared.NewProjectAsync("paged");
        var made = new List<Guid>();
        for (var i = 0; i < 25; i++)
            made.Add(await shared.NewConversationAsync(new() { ["project"] = "paged" }));
        // As the reference writes times, and as this server does, in one list.
        foreach (var id in made.Take(15))
            await shared.ExecuteAsync("UPDATE conversations SET created_at = '2026-01-01 10:00:00' WHERE id = ?1", id);

        foreach (var scope in new[] { "project=paged", "project=all" })
        {
            var listed = new List<Guid>();
            string? after = null;
            JsonNode page;
            do
            {
                page = (await shared.GetAsync($"conversations?{scope}&limit=4{after}")).Body!;
                listed.AddRange(Ids(page));
                after = $"&after={listed[^1]}";
            }
            while (page["hasMore"]!.GetValue<bool>());
            Assert.Equal(Enumerable.Reverse(made), listed.Where(made.Contains));
            Assert.Equal(listed.Distinct(), listed);
        }

        Assert.Equal(404, (await shared.GetAsync($"conversations?after={Guid.NewGuid()}")).Status);
    }

    [Theory]
    [InlineData("project=listed", 3)] // by name
    [InlineData("project=listed&limit=0", 0)] // nothing
    [InlineData("project=listed&limit=2", 2)] // cut
    [InlineData("project=listed&limit=-1", 3)] // no limit
    [InlineData("project=listed&archived=true", 1)] // the archive
    [InlineData("project=listed&archived=all", 4)] // both
    [InlineData("project=LISTED&limit=-1", 0)] // another name, so the default project, where none of them is
    [InlineData("projectId=x&project=listed", 3)] // query parameters have one spelling
    public async Task A_list_shows_what_was_asked_for(string query, int count)
    {
        if ((await shared.GetAsync("conversations?project=listed&archived=all")).Body is var before && !Titles(before!).Contains("listed"))
        {
            await shared.NewProjectAsync("listed");
            for (var i = 0; i < 4; i++)
                await shared.NewConversationAsync(new() { ["title"] = "listed", ["project"] = "listed" });
            var last = Ids((await shared.GetAsync("conversations?project=listed&limit=1")).Body!).Single();
            await shared.PatchAsync($"conversations/{last}", new JsonObject { ["archived"] = true });
        }

        Assert.Equal(count, Titles((await shared.GetAsync($"conversations?{query}")).Body!).Count(t => t == "listed"));
    }

    [Theory]
    [InlineData("limit=x")]
    [InlineData("limit=99999999999")]
    [InlineData("project_id=zz")]
    [InlineData("after=zz")]
    [InlineData("archived=maybe")]
    public async Task A_list_with_a_parameter_that_makes_no_sense_is_refused(string query) =>
        Assert.Equal(422, (await shared.GetAsync($"conversations?{query}")).Status);

    [Fact]
    public async Task An_id_wins_over_a_name()
    {
        var id = (await shared.NewProjectAsync("by-id"))["id"]!.GetValue<string>();
        await shared.NewConversationAsync(new() { ["title"] = "in both", ["projectId"] = id, ["project"] = "general" });
        Assert.Equal(["in both"], Titles((await shared.GetAsync($"conversations?project_id={id}&project=general")).Body!));
    }

    [Fact]
    public async Task Many_are_archived_and_taken_back_at_once_without_becoming_newer()
    {
        var first = await shared.NewConversationAsync();
        var second = await shared.NewConversationAsync();
        var before = (await shared.GetAsync($"conversations/{first}")).Body!["updatedAt"]!.ToJsonString();
        var ids = new JsonArray($"{first}", $"{second:N}", $"{Guid.NewGuid()}");

        Assert.Equal(2, (await shared.PostAsync("conversations/archive", new JsonObject { ["ids"] = ids.DeepClone() })).Body!["changed"]!.GetValue<int>());
        Assert.DoesNotContain(first, Ids((await shared.GetAsync("conversations?limit=-1")).Body!));
        Assert.Equal(2, (await shared.PostAsync("conversations/archive", new JsonObject { ["ids"] = ids.DeepClone(), ["archived"] = false })).Body!["changed"]!.GetValue<int>());
        Assert.Contains(first, Ids((await shared.GetAsync("conversations?limit=-1")).Body!));
        Assert.Equal(before, (await shared.GetAsync($"conversations/{first}")).Body!["updatedAt"]!.ToJsonString());
        Assert.Equal(422, (await shared.PostAsync("conversations/archive", new JsonObject { ["ids"] = new JsonArray("zz") })).Status);
    }

    [Fact]
    public async Task Titles_are_counted_in_characters_as_people_see_them()
    {
        var longest = string.Concat(Enumerable.Repeat("🚀", 255));
        var id = await shared.NewConversationAsync(new() { ["title"] = longest });
        foreach (var tooLong in new[] { $"{longest}!", new string('t', 256) })
        {
            Assert.Equal(422, (await shared.PostAsync("conversations", new JsonObject { ["title"] = tooLong })).Status);
            Assert.Equal(422, (await shared.PatchAsync($"conversations/{id}", new JsonObject { ["title"] = tooLong })).Status);
        }

        Assert.Equal(longest, (await shared.GetAsync($"conversations/{id}")).Body!["title"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"title": "x\ud800"}""", 422)] // half a surrogate pair
    [InlineData("""{"title": 5}""", 422)] // no text
    [InlineData("""{"project": ["general"]}""", 422)] // no text
    [InlineData("""{"projectId": "zz"}""", 422)] // no UUID
    [InlineData("""{"projectId": "11111111-2222-4333-8444-555555555555"}""", 404)] // no such project
    [InlineData("""{"project": "no-such"}""", 404)] // no such project
    public async Task A_body_that_cannot_be_meant_creates_and_changes_nothing(string json, int status)
    {
        var id = await shared.NewConversationAsync(new() { ["title"] = "unchanged" });
        var before = (await shared.GetAsync($"conversations/{id}")).Body!.ToJsonString();
        var count = shared.Scalar<long>("SELECT COUNT(*) FROM conversations");
        foreach (var (method, path) in new[] { (HttpMethod.Post, "conversations"), (HttpMethod.Patch, $"conversations/{id}") })
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
            using var answer = await shared.Host.Http.SendAsync(request, Ct);
            Assert.Equal(status, (int)answer.StatusCode);
        }

        Assert.Equal(before, (await shared.GetAsync($"conversations/{id}")).Body!.ToJsonString());
        Assert.Equal(count, shared.Scalar<long>("SELECT COUNT(*) FROM conversations"));
    }

    [Fact]
    public async Task Uploads_follow_a_conversation_into_another_project()
    {
        await shared.NewProjectAsync("new-home");
        var id = await shared.NewConversationAsync();
        var (upload, _) = await shared.AddUploadAsync("general", id.ToString());
        await shared.PatchAsync($"conversations/{id}", new JsonObject { ["project"] = "new-home" });
        Assert.Equal($"attachment:new-home:{id}", shared.Scalar<string>("SELECT purpose FROM files WHERE id = ?1", upload));
    }

    [Fact]
    public async Task A_new_message_makes_a_conversation_newer()
    {
        var id = await shared.NewConversationAsync();
        var before = (await shared.GetAsync($"conversations/{id}")).Body!["updatedAt"]!.GetValue<DateTime>();
        await shared.AskAsync("[[say hi]]", id);
        Assert.True((await shared.GetAsync($"conversations/{id}")).Body!["updatedAt"]!.GetValue<DateTime>() > before);
    }

    [Fact]
    public async Task An_empty_title_counts_only_when_it_is_patched()
    {
        var id = await shared.NewConversationAsync(new() { ["topic"] = "", ["title"] = "" });
        Assert.Equal("Untitled task", (await shared.GetAsync($"conversations/{id}")).Body!["title"]!.GetValue<string>());
        Assert.Equal("", (await shared.PatchAsync($"conversations/{id}", new JsonObject { ["title"] = "" })).Body!["preview"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_conversation_that_a_schedule_opened_names_it()
    {
        var id = await shared.NewConversationAsync();
        var schedule = Guid.NewGuid();
        await shared.ExecuteAsync("INSERT INTO schedule_runs (id, schedule_id, started_at, status, conversation_id) VALUES (?1, ?2, '2026-01-01 00:00:00', 'success', ?3)", Guid.NewGuid(), schedule, id);
        var conversation = (await shared.GetAsync($"conversations/{id}")).Body!;
        Assert.Equal((schedule, schedule), (conversation["scheduled_id"]!.GetValue<Guid>(), conversation["scheduledId"]!.GetValue<Guid>()));
    }

    [Fact]
    public async Task An_unchanged_list_is_not_sent_again()
    {
        var id = await shared.NewConversationAsync();
        using var first = await shared.Host.Http.GetAsync("conversations?limit=5", Ct);
        async Task<HttpStatusCode> AgainAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "conversations?limit=5");
            request.Headers.TryAddWithoutValidation("If-None-Match", $"\"other\", {first.Headers.ETag}");
            using var answer = await shared.Host.Http.SendAsync(request, Ct);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.NotModified, await AgainAsync());
        await shared.PatchAsync($"conversations/{id}", new JsonObject { ["title"] = "changed" });
        Assert.Equal(HttpStatusCode.OK, await AgainAsync());
    }

    [Fact]
    public async Task A_row_whose_project_is_gone_is_still_shown()
    {
        var id = await shared.NewConversationAsync();
        await shared.ExecuteAsync("UPDATE conversations SET project_id = ?2 WHERE id = ?1", id, Guid.NewGuid());
        var (status, body) = await shared.GetAsync($"conversations/{id}");
        Assert.Equal(200, status);
        Assert.Null(body!["project"]);
        Assert.Equal(200, (await shared.PatchAsync($"conversations/{id}", new JsonObject { ["projectId"] = $"{Project.GeneralId}" })).Status);
    }

    static List<Guid> Ids(JsonNode page) => [.. page["conversations"]!.AsArray().Select(c => c!["id"]!.GetValue<Guid>())];

    static List<string> Titles(JsonNode page) => [.. page["conversations"]!.AsArray().Select(c => c!["title"]!.GetValue<string>())];
}
