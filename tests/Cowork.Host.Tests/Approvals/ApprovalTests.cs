using System.Text.Json.Nodes;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Host.Tests.Approvals;

/// <summary>Agents that ask, and people who answer, or do not.</summary>
public sealed partial class ApprovalTests : IAsyncLifetime
{
    const string Install = "approve|run_command|npm install";
    readonly ShiftedClock _clock = new();
    HostUnderTest _host = null!;
    CoworkClient _client = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await HostUnderTest.StartWithScriptsAsync(configure: builder => builder.Services.AddSingleton<TimeProvider>(_clock));
        _client = new(_host.Http.BaseAddress!);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task A_turn_waits_for_its_answer_and_tells_the_whole_story()
    {
        var conversation = Guid.NewGuid();
        await _host.StartScriptAsync(Install, conversation);
        var asked = await PendingAsync(conversation);
        Assert.Equal(
            ("approval", "run_command", "Do npm install", "npm install", "all of npm install", "call-1"),
            (Text(asked, "kind"), Text(asked, "action"), Text(asked, "summary"), Text(asked, "subject"), Text(asked, "detail"), Text(asked, "tool_use_id")));
        var (status, answered) = await AnswerAsync(asked, "once");
        Assert.Equal((200, "answered"), (status, Text(answered!, "status")));

        var frames = await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
        Assert.Equal(
            ["response.created", "response.approval_requested", "response.approval_answered", "response.output_text.delta", "response.completed"],
            frames.Select(f => f.Event));
        Assert.Equal(asked.ToJsonString(), frames[1].Json["approval"]!.ToJsonString());
        Assert.Equal(answered!.ToJsonString(), frames[2].Json["approval"]!.ToJsonString());
        Assert.Equal("allowed: The user allows this once.\n", frames[3].Json["delta"]!.GetValue<string>());
        var events = (JsonArray)(await _client.ItemsAsync(conversation, Ct))[1]!["events"]!;
        Assert.Equal(frames[1].Json.ToJsonString(), events[1]!.ToJsonString());
        Assert.Equal(answered.ToJsonString(), (await _host.GetJsonAsync($"approvals/{Text(asked, "id")}")).ToJsonString());
    }

    [Theory]
    [InlineData("once", false, false)]
    [InlineData("conversation", true, false)]
    [InlineData("always", true, true)]
    [InlineData("deny", false, false)]
    public async Task An_answer_counts_for_as_long_as_it_says(string answer, bool inConversation, bool inProject)
    {
        var conversation = Guid.NewGuid();
        var first = await AskAndAnswerAsync(Install, conversation, answer);
        Assert.StartsWith(answer == "deny" ? "denied: " : "allowed: ", first, StringComparison.Ordinal);
        Assert.Equal(inConversation, await IsAllowedAtOnceAsync(Install, conversation));
        Assert.Equal(inProject, await IsAllowedAtOnceAsync(Install, Guid.NewGuid()));
        Assert.False(await IsAllowedAtOnceAsync("approve|run_command|npm publish", conversation));

        var rules = (JsonArray)(await _host.GetJsonAsync("approvals/rules"))["rules"]!;
        if (answer is "once" or "deny")
        {
            Assert.Empty(rules);
            return;
        }

        var rule = Assert.Single(rules)!;
        Assert.Equal(answer == "conversation" ? conversation.ToString() : null, Text(rule, "conversation_id"));
        Assert.Equal(204, (await _host.SendAsync(HttpMethod.Delete, $"approvals/rules/{Text(rule, "id")}")).Status);
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Delete, $"approvals/rules/{Text(rule, "id")}")).Status);
        Assert.False(await IsAllowedAtOnceAsync(Install, conversation));
    }

    [Fact]
    public async Task The_projects_policy_decides_before_anybody_is_asked()
    {
        var policy = $"projects/{Cowork.Host.Features.Projects.Project.GeneralId}/approval-policy";
        Assert.Equal("""{"policy":null,"actions":{},"default":"ask"}""", (await _host.GetJsonAsync(policy)).ToJsonString());
        await _host.SendAsync(HttpMethod.Put, "settings/approval_policy", new JsonObject { ["value"] = "deny" });
        Assert.StartsWith("denied: The project", await SayAsync(Install), StringComparison.Ordinal);

        var (status, set) = await _host.SendAsync(HttpMethod.Put, policy, JsonNode.Parse("""{"policy":"allow","actions":{"publish":"deny","delete_file":"ask"}}"""));
        Assert.Equal((200, """{"policy":"allow","actions":{"publish":"deny","delete_file":"ask"},"default":"deny"}"""), (status, set!.ToJsonString()));
        Assert.StartsWith("allowed: ", await SayAsync(Install), StringComparison.Ordinal);
        Assert.StartsWith("denied: ", await SayAsync("approve|publish|page"), StringComparison.Ordinal);
        Assert.False(await IsAllowedAtOnceAsync("approve|delete_file|a.txt", Guid.NewGuid()));

        Assert.Equal(422, (await _host.SendAsync(HttpMethod.Put, policy, JsonNode.Parse("""{"policy":"perhaps"}"""))).Status);
        Assert.Equal(422, (await _host.SendAsync(HttpMethod.Put, policy, JsonNode.Parse("""{"actions":{"a":"perhaps"}}"""))).Status);
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Get, $"projects/{Guid.NewGuid()}/approval-policy")).Status);
    }

    [Fact]
    public async Task Code_runs_unasked_until_a_policy_says_otherwise()
    {
        const string Code = "approve|run_code|python";
        var policy = $"projects/{Cowork.Host.Features.Projects.Project.GeneralId}/approval-policy";
        Assert.StartsWith("allowed: ", await SayAsync(Code), StringComparison.Ordinal);

        await _host.SendAsync(HttpMethod.Put, policy, JsonNode.Parse("""{"actions":{"run_code":"ask"}}"""));
        Assert.False(await IsAllowedAtOnceAsync(Code, Guid.NewGuid()));
        await _host.SendAsync(HttpMethod.Put, policy, JsonNode.Parse("""{"actions":{"run_code":"deny"}}"""));
        Assert.StartsWith("denied: ", await SayAsync(Code), StringComparison.Ordinal);
        await _host.SendAsync(HttpMethod.Put, policy, JsonNode.Parse("""{"policy":"deny"}"""));
        Assert.StartsWith("denied: ", await SayAsync(Code), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_answers_at_once_one_counts()
    {
        var conversation = Guid.NewGuid();
        await _host.StartScriptAsync(Install, conversation);
        var asked = await PendingAsync(conversation);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => AnswerAsync(asked, i % 2 == 0 ? "deny" : "always")));
        var (_, winner) = Assert.Single(answers, a => a.Status == 200);
        Assert.All(answers.Where(a => a.Status != 200), a => Assert.Equal((409, "approval_answered"), (a.Status, Text(a.Body!, "code"))));
        Assert.Equal(Text(winner!, "answer") == "always" ? 1 : 0, ((JsonArray)(await _host.GetJsonAsync("approvals/rules"))["rules"]!).Count);
        var said = string.Concat((await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct)).Select(f => (string?)f.Json["delta"]));
        Assert.StartsWith(Text(winner!, "answer") == "always" ? "allowed" : "denied", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_the_turn_withdraws_the_question()
    {
        var conversation = Guid.NewGuid();
        await _host.StartScriptAsync("ask|Which one?|a|b", conversation);
        var asked = await PendingAsync(conversation);
        Assert.True(await _client.CancelAsync(conversation, Ct));
        Assert.Equal("withdrawn", Text(await _host.GetJsonAsync($"approvals/{Text(asked, "id")}"), "status"));
        var (status, body) = await AnswerAsync(asked, "a");
        Assert.Equal((409, "approval_over"), (status, Text(body!, "code")));
        var frames = await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
        Assert.Equal(["response.question_requested", "response.approval_answered", "response.failed"], frames.Skip(1).Select(f => f.Event));
        Assert.Equal("cancelled", Text(frames[^1].Json, "code"));
    }

    [Fact]
    public async Task Nobody_waits_for_ever()
    {
        _clock.Skipped = new HashSet<TimeSpan> { TimeSpan.FromMinutes(3) };
        await _host.SendAsync(HttpMethod.Put, "settings/approval_timeout_minutes", new JsonObject { ["value"] = "3" });
        Assert.Equal("denied: Nobody answered within 3 minutes. Go on without it, and say what you could not do.\nanswer: none\n", await SayAsync($"{Install}\nask|And?"));
        Assert.Equal(["expired", "expired"], ((JsonArray)(await _host.GetJsonAsync("approvals"))["approvals"]!).Select(a => Text(a!, "status")));
    }

    [Fact]
    public async Task A_question_gets_the_users_words_or_none()
    {
        var conversation = Guid.NewGuid();
        await _host.StartScriptAsync("ask|Which colour?|red|blue\nask|And why?", conversation);
        var asked = await PendingAsync(conversation);
        Assert.Equal(("question", "Which colour?", """["red","blue"]"""), (Text(asked, "kind"), Text(asked, "text"), asked["options"]!.ToJsonString()));
        Assert.Equal(422, (await AnswerAsync(asked, "  ")).Status);
        Assert.Equal(200, (await AnswerAsync(asked, "green, please")).Status);
        var second = await PendingAsync(conversation);
        Assert.Equal("dismissed", Text((await _host.SendAsync(HttpMethod.Post, $"approvals/{Text(second, "id")}/answer", new JsonObject { ["dismiss"] = true })).Body!, "status"));
        await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
        Assert.Equal("answer: green, please\nanswer: none\n", (await _client.ItemsAsync(conversation, Ct))[1]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_forbidden_stays_forbidden_however_often_it_was_allowed_before()
    {
        var conversation = Guid.NewGuid();
        await AskAndAnswerAsync(Install, conversation, "always");
        Assert.True(await IsAllowedAtOnceAsync(Install, conversation));
        await _host.SendAsync(HttpMethod.Put, $"projects/{Cowork.Host.Features.Projects.Project.GeneralId}/approval-policy", JsonNode.Parse("""{"policy":"deny"}"""));
        Assert.StartsWith("denied: The project", await SayAsync(Install), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_turns_can_wait_at_once()
    {
        var conversations = Enumerable.Range(0, 150).Select(_ => Guid.NewGuid()).ToList();
        await Task.WhenAll(conversations.Select(c => _host.StartScriptAsync(Install, c)));
        await Eventually.TrueAsync(async () => (await ListAsync("status=pending&limit=500")).Count == conversations.Count, Ct);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Get, "health")).Status);
        foreach (var asked in await ListAsync("status=pending&limit=500"))
            await AnswerAsync(asked!, "once");
        await Eventually.TrueAsync(async () => ((JsonArray)(await _host.GetJsonAsync("responses/in-flight-list"))["in_flight"]!).Count == 0, Ct);
        Assert.Empty(await ListAsync("status=pending"));
    }

    [Fact]
    public async Task Lists_are_filtered_and_read_in_parts_and_end_with_their_conversation()
    {
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        for (var i = 0; i < 3; i++)
            await AskAndAnswerAsync($"approve|publish|{i}", one, i == 0 ? "conversation" : "once");
        await AskAndAnswerAsync("approve|publish|other", other, "deny");
        Assert.Equal(["2", "1", "0"], (await ListAsync($"conversation_id={one}")).Select(a => Text(a!, "subject")));
        Assert.Equal(4, (await ListAsync($"project_id={Cowork.Host.Features.Projects.Project.GeneralId}&status=answered")).Count);
        var page = await _host.GetJsonAsync("approvals?limit=2");
        Assert.True(page["has_more"]!.GetValue<bool>());
        Assert.Equal(["1", "0"], (await ListAsync($"after={Text(page["approvals"]![1]!, "id")}")).Select(a => Text(a!, "subject")));

        await _host.SendAsync(HttpMethod.Delete, $"conversations/{one}/turns/1");
        Assert.Equal(["0"], (await ListAsync($"conversation_id={one}")).Select(a => Text(a!, "subject")));
        await _host.SendAsync(HttpMethod.Delete, $"conversations/{one}");
        Assert.Equal(["other"], (await ListAsync("")).Select(a => Text(a!, "subject")));
        Assert.Null(_host.Get<Database>().Query(s => s.Scalar("SELECT 1 FROM approval_rules")));
    }

    [Theory]
    [InlineData("""{"answer":"maybe"}""")]
    [InlineData("""{"dismiss":true}""")]
    [InlineData("{}")]
    [InlineData("""{"answer":1}""")]
    public async Task What_is_no_answer_changes_nothing(string body)
    {
        var conversation = Guid.NewGuid();
        await _host.StartScriptAsync(Install, conversation);
        var asked = await PendingAsync(conversation);
        Assert.Equal(422, (await _host.SendAsync(HttpMethod.Post, $"approvals/{Text(asked, "id")}/answer", JsonNode.Parse(body))).Status);
        Assert.Equal("pending", Text(await PendingAsync(conversation), "status"));
    }

    [Theory]
    [InlineData("approvals?status=open", 422)]
    [InlineData("approvals?limit=x", 422)]
    [InlineData("approvals?conversation_id=x", 422)]
    [InlineData("approvals?after=00000000-0000-0000-0000-000000000009", 404)]
    [InlineData("approvals/00000000-0000-0000-0000-000000000009", 404)]
    [InlineData("approvals/rules/00000000-0000-0000-0000-000000000009", 404)]
    [InlineData("approvals/x", 422)]
    public async Task A_wrong_address_is_told_apart(string path, int status) => Assert.Equal(status, (await _host.SendAsync(HttpMethod.Get, path)).Status);

    /// <summary>A conversation whose agent waited for an answer when the server was stopped; it runs again.</summary>
    async Task<(Guid Conversation, JsonNode Asked)> InterruptedAsync(string script)
    {
        var conversation = Guid.NewGuid();
        await _host.StartScriptAsync(script, conversation);
        var asked = await PendingAsync(conversation);
        _client.Dispose();
        await _host.RestartAsync();
        _client = new(_host.Http.BaseAddress!);
        return (conversation, asked);
    }

    /// <summary>Whether the agent may go on without a question; one that is asked is answered with once.</summary>
    async Task<bool> IsAllowedAtOnceAsync(string script, Guid conversation)
    {
        var before = (await ListAsync("limit=500")).Count;
        var turn = await _host.StartScriptAsync(script, conversation);
        JsonNode? asked = null;
        await Eventually.TrueAsync(
            async () => (asked = (await ListAsync($"conversation_id={conversation}&status=pending")).FirstOrDefault()) is not null
                || Text(await _host.GetJsonAsync($"responses/{Text(turn, "id")}"), "status") == "completed",
            Ct);
        if (asked is not null)
            await AnswerAsync(asked, "once");
        await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
        return (await ListAsync("limit=500")).Count == before;
    }

    async Task<string> AskAndAnswerAsync(string script, Guid conversation, string answer)
    {
        var turn = await _host.StartScriptAsync(script, conversation);
        await AnswerAsync(await PendingAsync(conversation), answer);
        await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
        return HostUnderTest.TextOf(await _host.GetJsonAsync($"responses/{Text(turn, "id")}"));
    }

    async Task<JsonNode> PendingAsync(Guid conversation)
    {
        JsonNode? found = null;
        await Eventually.TrueAsync(async () => (found = (await ListAsync($"conversation_id={conversation}&status=pending")).FirstOrDefault()) is not null, Ct);
        return found!;
    }

    async Task<JsonArray> ListAsync(string query) => (JsonArray)(await _host.GetJsonAsync($"approvals?{query}"))["approvals"]!;

    Task<(int Status, JsonNode? Body)> AnswerAsync(JsonNode asked, string answer) =>
        _host.SendAsync(HttpMethod.Post, $"approvals/{Text(asked, "id")}/answer", new JsonObject { ["answer"] = answer });

    async Task<string> SayAsync(string script) => HostUnderTest.TextOf(await _host.RunScriptAsync(script, Guid.NewGuid()));

    static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();
}
