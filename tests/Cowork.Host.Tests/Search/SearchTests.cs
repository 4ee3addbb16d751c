using System.Text.Json.Nodes;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Search;

public class SearchTests
{
    const string General = "00000000000000000000000000000001";

    [Fact]
    public async Task What_was_said_is_found_with_the_words_around_it()
    {
        await using var host = await HostUnderTest.StartAsync();
        var conversation = await host.SayAsync("Notes", "what lives on the island?", "As far as I know the **quokka** lives on Rottnest, and nowhere else in such numbers.");

        var hit = (await host.SearchAsync("rottnest")).Single();

        Assert.Equal("task", (string?)hit["type"]);
        Assert.Equal("task", (string?)hit["route"]);
        Assert.Equal(conversation.ToString(), (string?)hit["id"]);
        Assert.Equal(conversation.ToString(), (string?)hit["conversation_id"]);
        Assert.Equal("Notes", (string?)hit["title"]);
        Assert.Equal("general", (string?)hit["project"]);
        Assert.Contains("lives on Rottnest", (string?)hit["snippet"]);
        Assert.NotNull((string?)hit["message_id"]);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("foo\" OR \"")]
    [InlineData("NEAR(a b")]
    [InlineData("text:foo")]
    [InlineData("* ^ ( ) { } - +")]
    [InlineData("'; DROP TABLE messages; --")]
    [InlineData("\0")]
    [InlineData("%_\\")]
    [InlineData("AND OR NOT")]
    public async Task A_query_is_text_and_never_syntax(string query)
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("Talk", "question", "an answer");

        Assert.DoesNotContain(await host.SearchAsync(query), h => (string?)h["type"] == "task");
    }

    [Fact]
    public async Task Signs_are_found_in_titles()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("Learning C++ (100% fun)");

        Assert.Single(await host.SearchAsync("c++"));
        Assert.Single(await host.SearchAsync("100%"));
        Assert.Single(await host.SearchAsync("un)"));
    }

    [Fact]
    public async Task A_title_beats_a_message_and_more_words_beat_a_title()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("said", "q", "papaya and mango and lychee");
        await host.SayAsync("papaya");
        await host.SayAsync("mango mango papaya");
        await host.SayAsync("only MANGO here");

        var one = await host.SearchAsync("papaya");
        Assert.Equal([11, 11, 10], one.Select(h => (int)h["score"]!));
        Assert.Equal("said", (string?)one[2]["title"]);
        var two = await host.SearchAsync("Mango papaya");
        Assert.Equal(["mango mango papaya", "said"], two.Take(2).Select(h => (string?)h["title"]));
        Assert.Equal([23, 18, 11, 11], two.Select(h => (int)h["score"]!));
    }

    [Fact]
    public async Task A_conversation_is_found_once_however_often_it_matches()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("the axolotl", "axolotl?", "An axolotl.", "more axolotl", "axolotl axolotl");

        var hit = (await host.SearchAsync("axolotl")).Single();

        Assert.Equal(11, (int)hit["score"]!);
        Assert.NotNull((string?)hit["snippet"]);
    }

    [Fact]
    public async Task What_is_changed_or_deleted_is_not_found_as_it_was()
    {
        await using var host = await HostUnderTest.StartAsync();
        var conversation = await host.SayAsync("first title", "question", "zebrafinch");
        Assert.Single(await host.SearchAsync("zebrafinch"));

        await host.SqlAsync("UPDATE conversations SET topic = 'second title' WHERE id = ?1", conversation);
        Assert.Empty(await host.SearchAsync("first"));
        Assert.Single(await host.SearchAsync("second"));

        await host.SqlAsync("DELETE FROM messages WHERE conversation_id = ?1", conversation);
        await host.SqlAsync("DELETE FROM conversations WHERE id = ?1", conversation);
        Assert.Empty(await host.SearchAsync("zebrafinch"));
        Assert.Empty(await host.SearchAsync("second"));
    }

    [Fact]
    public async Task A_renamed_project_is_found_with_its_conversations_by_the_new_name()
    {
        await using var host = await HostUnderTest.StartAsync();
        var project = Guid.CreateVersion7();
        await host.SqlAsync("INSERT INTO projects (id, name, path) VALUES (?1, 'oldname', ?2)", project, Path.Combine(host.Home, "somewhere"));
        await host.SqlAsync("INSERT INTO conversations (id, topic, project_id) VALUES (?1, 'talk', ?2)", Guid.CreateVersion7(), project);
        Assert.Equal(2, (await host.SearchAsync("oldname")).Count);

        await host.SqlAsync("UPDATE projects SET name = 'newname' WHERE id = ?1", project);

        Assert.Empty(await host.SearchAsync("oldname"));
        Assert.Equal(["task", "project"], (await host.SearchAsync("newname")).Select(h => (string?)h["type"]));
    }

    [Fact]
    public async Task Schedules_skills_and_pins_are_found()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SqlAsync("INSERT INTO schedules (id, title, prompt, cadence, next_run_at, project_id, model) VALUES (?1, 'Morning', 'water the cactus', 'daily', '2090-01-01 00:00:00.000000', ?2, 'default')", Guid.CreateVersion7(), General);
        await host.SqlAsync("INSERT INTO skills (id, label, name, instructions) VALUES (?1, 'plants', 'Plants', 'How to repot a cactus')", Guid.CreateVersion7());
        await host.SqlAsync("INSERT INTO pins (id, item_type, item_id, title) VALUES (?1, 'project', 'zz', 'cactus pin')", Guid.CreateVersion7());

        var hits = await host.SearchAsync("cactus");

        Assert.Equal(["pin", "schedule", "skill"], hits.Select(h => (string?)h["type"]));
        Assert.Equal([16, 11, 10], hits.Select(h => (int)h["score"]!));
        Assert.Equal(["zz", "project", "Pinned project"], new[] { "id", "route", "subtitle" }.Select(k => (string?)hits[0][k]));
        Assert.Equal(["scheduled", "2090-01-01T00:00:00Z"], new[] { "route", "subtitle" }.Select(k => (string?)hits[1][k]));
        Assert.Equal(["plants", "How to repot a cactus"], new[] { "id", "snippet" }.Select(k => (string?)hits[2][k]));
    }

    [Fact]
    public async Task Files_and_artifacts_of_projects_are_found_and_forgotten_with_them()
    {
        await using var host = await HostUnderTest.StartAsync();
        var project = Path.Combine(host.Home, ".cowork", "projects", "general");
        host.WriteFile("docs/budget.md", "The numbers for *pangolin* care.");
        host.WriteFile("picture.png", "\0pangolin");
        host.WriteFile(".hidden/pangolin.txt", "pangolin");
        host.WriteFile("node_modules/pangolin.js", "pangolin");
        host.WriteFile(".anton/artifacts/chart/metadata.json", """{"id": "a-1", "name": "Pangolin chart", "description": "by month", "type": "html-app"}""");
        host.WriteFile(".anton/artifacts/broken/metadata.json", "[pangolin");
        File.CreateSymbolicLink(Path.Combine(project, "pangolin-link"), host.Home);

        await host.UntilAsync(async () => (await host.SearchAsync("pangolin")).Count == 2);

        var hits = await host.SearchAsync("pangolin");
        Assert.Equal(["artifact", "file"], hits.Select(h => (string?)h["type"]));
        Assert.Equal(["a-1", "Pangolin chart", "artifacts", "general"], new[] { "id", "title", "route", "project" }.Select(k => (string?)hits[0][k]));
        Assert.Equal(["docs/budget.md", "budget.md", "The numbers for *pangolin* care."], new[] { "id", "title", "snippet" }.Select(k => (string?)hits[1][k]));
        Assert.Single(await host.SearchAsync("budget"));

        Directory.Delete(Path.Combine(project, "docs"), recursive: true);
        Directory.Delete(Path.Combine(project, ".anton"), recursive: true);
        await host.UntilAsync(async () => (await host.SearchAsync("pangolin")).Count == 0);
    }

    [Fact]
    public async Task A_hit_in_an_archived_conversation_says_so()
    {
        await using var host = await HostUnderTest.StartAsync();
        var conversation = await host.SayAsync("numbat");
        Assert.False((bool)(await host.SearchAsync("numbat")).Single()["archived"]!);
        await host.SendAsync(HttpMethod.Post, "conversations/archive", new JsonObject { ["ids"] = new JsonArray(conversation.ToString()) });
        Assert.True((bool)(await host.SearchAsync("numbat")).Single()["archived"]!);
    }

    [Fact]
    public async Task Long_files_artifacts_and_instructions_are_found_by_their_text()
    {
        await using var host = await HostUnderTest.StartAsync();
        host.WriteFile("long.log", "a quokka at the beginning\n" + string.Concat(Enumerable.Repeat("nothing of interest here\n", 60_000)));
        host.WriteFile(".anton/artifacts/site/metadata.json", """{"id": "a-1", "name": "Site", "type": "html-app"}""");
        host.WriteFile(".anton/artifacts/site/index.html", "<h1>All about the quokka</h1>");
        host.WriteFile(".anton/artifacts/site/photo.png", "\0quokka");
        host.WriteFile(".anton/anton.md", "Never wake a quokka.");

        await host.UntilAsync(async () => (await host.SearchAsync("quokka")).Count == 3);

        var hits = (await host.SearchAsync("quokka")).ToDictionary(h => (string)h["id"]!, h => (string?)h["snippet"]);
        Assert.StartsWith("a quokka at the beginning", hits["long.log"], StringComparison.Ordinal);
        Assert.Contains("All about the quokka", hits["a-1"], StringComparison.Ordinal);
        Assert.Equal("Never wake a quokka.", hits[".anton/anton.md"]);
    }

    [Fact]
    public async Task What_was_there_before_is_found_after_a_start()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("earlier", "q", "an echidna");
        // As if an earlier version had written it all: nothing is indexed.
        await host.SqlAsync("DELETE FROM search_texts_fts");
        await host.SqlAsync("DELETE FROM search_texts");
        await host.SqlAsync("INSERT INTO search_queue (kind, item) SELECT 'message', id FROM messages");

        await host.RestartAsync();

        await host.UntilAsync(async () => (await host.SearchAsync("echidna")).Count == 1);
    }

    [Fact]
    public async Task A_limit_cuts_and_nonsense_is_refused()
    {
        await using var host = await HostUnderTest.StartAsync();
        foreach (var i in Enumerable.Range(0, 30))
            await host.SayAsync($"limited {i}");

        Assert.Equal(25, (await host.SearchAsync("limited")).Count);
        Assert.Equal(2, (await host.SearchAsync("limited", "&limit=2")).Count);
        Assert.Empty(await host.SearchAsync("limited", "&limit=0"));
        Assert.Equal(422, (await host.SendAsync(HttpMethod.Get, "search?q=a&limit=x")).Status);
        Assert.Equal(30, (await host.SearchAsync("limited", "&limit=-1")).Count);
        Assert.Empty((await host.GetJsonAsync("search"))["results"]!.AsArray());
    }
}

static class SearchHost
{
    public static async Task<IReadOnlyList<JsonNode>> SearchAsync(this HostUnderTest host, string query, string more = "") =>
        [.. (await host.GetJsonAsync($"search?q={Uri.EscapeDataString(query)}{more}"))["results"]!.AsArray().Select(r => r!)];

    public static Task SqlAsync(this HostUnderTest host, string sql, params object?[] values) =>
        host.Get<Database>().WriteAsync(w => w.Execute(sql, values));

    /// <summary>A conversation with messages, question and answer in turn.</summary>
    public static async Task<Guid> SayAsync(this HostUnderTest host, string title, params string[] messages)
    {
        var conversation = Guid.CreateVersion7();
        await host.SqlAsync("INSERT INTO conversations (id, topic, project_id) VALUES (?1, ?2, '00000000000000000000000000000001')", conversation, title);
        for (var i = 0; i < messages.Length; i++)
            await host.SqlAsync(
                "INSERT INTO messages (id, conversation_id, role, content, position) VALUES (?1, ?2, ?3, ?4, ?5)",
                Guid.CreateVersion7(), conversation, i % 2 == 0 ? "user" : "assistant", JsonValue.Create(messages[i]).ToJsonString(), i);
        return conversation;
    }

    /// <summary>For what happens in the background.</summary>
    public static Task UntilAsync(this HostUnderTest _, Func<Task<bool>> condition) => Eventually.TrueAsync(condition, TestContext.Current.CancellationToken);

    public static void WriteFile(this HostUnderTest host, string path, string text)
    {
        var full = Path.Combine(host.Home, ".cowork", "projects", "general", path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
