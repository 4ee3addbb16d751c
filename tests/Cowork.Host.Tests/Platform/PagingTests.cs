using System.Net;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Http;
using Cowork.Host.Tests.Search;

namespace Cowork.Host.Tests.Platform;

/// <summary>One server in which every list has some entries.</summary>
public sealed class FullHost : IAsyncLifetime
{
    public const string Conversation = "11111111-1111-4111-8111-111111111111";
    public const string Schedule = "22222222-2222-4222-8222-222222222222";

    internal HostUnderTest Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await HostUnderTest.StartAsync();
        string Text(char c) => $"'{new string(c, 32)}'";
        var sql = $"INSERT INTO conversations (id, topic, project_id) VALUES ('{Guid.Parse(Conversation):N}', 'talk', '00000000000000000000000000000001');" +
            $"INSERT INTO schedules (id, title, prompt, cadence, next_run_at, enabled, project_id, model) VALUES ('{Guid.Parse(Schedule):N}', 'wombats', 'p', 'daily', '2090-01-01 00:00:00', 0, '00000000000000000000000000000001', 'default');";
        foreach (var c in "abcd")
        {
            var name = $"wombat-{c}";
            await Host.SendAsync(HttpMethod.Post, "projects", new JsonObject { ["name"] = name });
            Host.WriteFile($"{name}.txt", name);
            sql += $"INSERT INTO skills (id, label, name, instructions) VALUES ({Text(c)}, '{name}', '{name}', 'i');" +
                $"INSERT INTO pins (id, item_type, item_id, title) VALUES ({Text(c)}, 'project', '{name}', '{name}');" +
                $"INSERT INTO files (id, filename, content_type, size, purpose, path) VALUES ({Text(c)}, '{name}', 'text/plain', 1, 'attachment:general:{Conversation}', '/nowhere/{name}');" +
                $"INSERT INTO conversations (id, topic, project_id) VALUES ({Text(c)}, '{name}', '00000000000000000000000000000001');" +
                $"INSERT INTO messages (id, conversation_id, role, content, position) VALUES ({Text(c)}, '{Guid.Parse(Conversation):N}', 'user', '\"{name}\"', {c - 'a'});" +
                $"INSERT INTO schedules (id, title, prompt, cadence, next_run_at, enabled, project_id, model) VALUES ({Text(c)}, '{name}', 'p', 'daily', '2090-01-01 00:00:00', 0, '00000000000000000000000000000001', 'default');" +
                $"INSERT INTO schedule_runs (id, schedule_id, started_at, status) VALUES ({Text(c)}, '{Guid.Parse(Schedule):N}', '2026-01-01 00:00:00', 'success');" +
                $"INSERT INTO approval_rules (id, project_id, action, subject, created_at) VALUES ({Text(c)}, '00000000000000000000000000000001', 'publish', '{name}', '2026-01-01 00:00:00');" +
                $"INSERT INTO turns (id, conversation_id, number, status, harness, input, log_closed) VALUES ({Text(c)}, '{Guid.Parse(Conversation):N}', {c - 'a'}, 'completed', 'echo', '[]', 1);" +
                $"INSERT INTO approvals (id, kind, status, conversation_id, turn_id, text, created_at, expires_at, action, subject, tool_use_id) VALUES ({Text(c)}, 'approval', 'expired', '{Guid.Parse(Conversation):N}', {Text(c)}, 't', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'publish', 's', 't');";
        }

        await Host.Get<Cowork.Host.Platform.Data.Database>().WriteAsync(w => w.Execute(sql));
        await Host.UntilAsync(async () => (await Host.SearchAsync("wombat", "&limit=-1")).Count >= 20);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>Every list is read in parts in the same way.</summary>
public sealed class PagingTests(FullHost full) : IClassFixture<FullHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Path; the field that holds the entries, none for an array; an entry's key; the field that says whether there are more.</summary>
    public static TheoryData<string, string?, string, string?> Lists => new()
    {
        { "projects?", null, "id", null },
        { "conversations?project=all", "conversations", "id", "hasMore" },
        { $"conversations/{FullHost.Conversation}/items?", null, "id", null },
        { "projects/general/files?", "files", "path", "has_more" },
        { "files?", "data", "id", "has_more" },
        { $"attachments/general/{FullHost.Conversation}?", null, "id", null },
        { "pins?", "pins", "id", "has_more" },
        { "skills?", "skills", "id", "hasMore" },
        { "memory?", "sections", "projectPath", "hasMore" },
        { "schedules?", "schedules", "id", "hasMore" },
        { $"schedules/{FullHost.Schedule}/runs?", "runs", "id", "hasMore" },
        { "approvals?", "approvals", "id", "has_more" },
        { "approvals/rules?", "rules", "id", "has_more" },
        { "search?q=wombat", "results", "type/id", "has_more" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Parts_put_together_are_the_whole_list(string path, string? field, string key, string? more)
    {
        var (whole, none) = await ReadAsync($"{path}&limit=-1", field, key, more);
        Assert.True(whole.Count >= 4, $"{whole.Count} entries");
        Assert.Equal(whole.Count, whole.Distinct().Count());
        Assert.False(none);

        var parts = new List<string>();
        for (var goesOn = true; goesOn;)
        {
            var (part, hasMore) = await ReadAsync($"{path}&limit=3{(parts is [.., var last] ? $"&after={Uri.EscapeDataString(last)}" : "")}", field, key, more);
            Assert.True(hasMore ? part.Count == 3 : part.Count is > 0 and <= 3);
            parts.AddRange(part);
            goesOn = hasMore;
        }

        Assert.Equal(whole, parts);
        Assert.Empty((await ReadAsync($"{path}&limit=0", field, key, more)).Keys);
        Assert.Equal(404, (await full.Host.SendAsync(HttpMethod.Get, $"{path}&after=99999999-9999-4999-8999-999999999999")).Status);
        Assert.Equal(422, (await full.Host.SendAsync(HttpMethod.Get, $"{path}&limit=many")).Status);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    [InlineData("responses/in-flight-list", null, "", null)]
    [InlineData("plugins", null, "", null)]
    [InlineData("settings", null, "", null)]
    public async Task A_list_that_has_not_changed_is_a_304(string path, string? field, string key, string? more)
    {
        _ = (field, key, more);
        Assert.SkipWhen(path.StartsWith("search", StringComparison.Ordinal), "Nobody polls a search.");
        using var first = await full.Host.Http.GetAsync(path, Ct);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await full.Host.Http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(Ct));
    }

    async Task<(List<string> Keys, bool HasMore)> ReadAsync(string path, string? field, string key, string? more)
    {
        using var answer = await full.Host.Http.GetAsync(path, Ct);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!;
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {body}");
        var entries = (field is null ? body : body[field]!).AsArray();
        var hasMore = more is null ? answer.Headers.GetValues(Page.HasMoreHeader).Single() == "true" : (bool)body[more]!;
        return ([.. entries.Select(e => string.Join('/', key.Split('/').Select(k => (string?)e![k] ?? (string?)e["scope"])))], hasMore);
    }
}

/// <summary>What the tag of a conversation's items follows.</summary>
public sealed class ItemsTagTests(SharedHost shared) : IClassFixture<SharedHost>
{
    [Fact]
    public async Task Items_have_another_tag_after_whatever_changes_them()
    {
        var conversation = await shared.NewConversationAsync();
        var tags = new List<string> { await TagAsync() };
        await shared.AskAsync("first", conversation);
        tags.Add(await TagAsync());
        await shared.AskAsync("second", conversation);
        tags.Add(await TagAsync());
        var hanging = await shared.StartHangingTurnAsync(conversation);
        tags.Add(await TagAsync());
        await shared.PostAsync("responses/cancel", new JsonObject { ["conversation_id"] = conversation.ToString() });
        await Cowork.TestKit.Eventually.TrueAsync(async () => (await shared.Client.ItemsAsync(conversation, TestContext.Current.CancellationToken)).Count == 6, TestContext.Current.CancellationToken);
        tags.Add(await TagAsync());
        await shared.DeleteAsync($"conversations/{conversation}/turns/1");
        tags.Add(await TagAsync());

        Assert.Equal(tags.Count, tags.Distinct().Count());
        Assert.NotNull(hanging);

        async Task<string> TagAsync()
        {
            using var answer = await shared.Host.Http.GetAsync($"conversations/{conversation}/items", TestContext.Current.CancellationToken);
            return answer.Headers.ETag!.ToString();
        }
    }
}
