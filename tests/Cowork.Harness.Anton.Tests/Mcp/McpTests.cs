using Cowork.Abstractions;
using Cowork.Harness.Anton.Mcp;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Cowork.Harness.Anton.Tests.Mcp;

public sealed class McpTests
{
    [Fact]
    public async Task A_program_of_the_user_gives_its_tools_to_the_model()
    {
        await using var anton = await McpUnderTest.StartAsync();

        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, """[[tool mcp__counter__add {"a":40,"b":2}]] [[say yes?]]"""));

        outcome.ShouldHaveAnswered("yes?");
        Assert.Equal("42", Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).Text);
    }

    [Fact]
    public async Task A_server_gets_the_variables_of_its_file_and_no_key_of_this_process()
    {
        Environment.SetEnvironmentVariable("MCP_TEST_OPENAI_API_KEY", "sk-in-the-environment");
        await using var anton = await McpUnderTest.StartAsync();

        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, "[[tool mcp__counter__env {}]] [[say yes?]]"));

        var told = Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).Text;
        Assert.Contains("PATH", told, StringComparison.Ordinal);
        Assert.EndsWith("mine", told, StringComparison.Ordinal);
        Assert.DoesNotContain("MCP_TEST_OPENAI_API_KEY", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_ended_is_started_again()
    {
        await using var anton = await McpUnderTest.StartAsync();

        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, """[[tool mcp__counter__end {}]] [[tool mcp__counter__add {"a":1,"b":1}]] [[say yes?]]"""));

        var results = outcome.Events.OfType<HarnessEvent.ToolCompleted>().ToList();
        Assert.True(results[0].IsError);
        Assert.Equal("2", results[1].Text);
    }

    [Fact]
    public async Task A_tool_that_changes_something_needs_consent()
    {
        await using var anton = await McpUnderTest.StartAsync();
        var asked = new List<ApprovalRequest>();
        var request = McpUnderTest.Request(anton, "[[tool mcp__counter__note {}]] [[say ok?]]", approval =>
        {
            asked.Add(approval);
            return new(false, "The user said no.");
        });

        var outcome = await anton.RunAsync(request);

        Assert.Equal(("mcp_tool", "counter/note"), (Assert.Single(asked).Action, asked[0].Subject));
        Assert.Equal(("The user said no.", true), (outcome.Events.OfType<HarnessEvent.ToolCompleted>().Single() is var end ? (end.Text, end.IsError) : default));
    }

    [Theory]
    [InlineData("""{"gone": {"command": "/no/such/program"}}""", "could not be started")]
    [InlineData("""{"gone": {"url": "http://127.0.0.1:9/mcp"}}""", "could not be reached")]
    [InlineData("""{"odd": {}}""", "neither a command nor a url")]
    [InlineData("""{"cut": """, "cannot be read")]
    public async Task A_server_that_does_not_work_is_a_warning_and_the_turn_goes_on(string servers, string says)
    {
        await using var anton = await McpUnderTest.StartAsync(servers);

        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, "[[say fine]]"));

        outcome.ShouldHaveAnswered("fine");
        var warning = Assert.Single(outcome.Events.OfType<HarnessEvent.Warning>());
        Assert.Equal("mcp_server_unavailable", warning.Code);
        Assert.Contains(says, warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_at_an_address_gets_its_headers()
    {
        var (app, url) = await McpUnderTest.ListenAsync();
        await using var _ = app;
        await using var anton = await McpUnderTest.StartAsync($$$"""{"web": {"url": "{{{url}}}", "headers": {"X-Who": "anton"} } }""");

        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, "[[tool mcp__web__whoami {}]] [[say ok?]]"));

        Assert.Equal("anton", Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).Text);
    }

    [Fact]
    public async Task What_a_project_brings_is_not_started_without_consent()
    {
        await using var anton = await McpUnderTest.StartAsync("{}");
        var file = anton.File("harbour/.anton/mcp.json", McpUnderTest.Servers(anton, """{"evil": {"command": "touch", "args": ["TOUCHED"]}}""").Replace("TOUCHED", Path.Combine(anton.Root, "touched"), StringComparison.Ordinal));
        Assert.True(File.Exists(file));
        var asked = new List<ApprovalRequest>();

        ApprovalDecision Decide(ApprovalRequest approval)
        {
            asked.Add(approval);
            return new(false, "No.");
        }

        (await anton.RunAsync(McpUnderTest.Request(anton, "[[say fine]]", Decide))).ShouldHaveAnswered("fine");
        Assert.Empty(asked);
        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, "[[tool mcp__evil {}]] [[say fine?]]", Decide));

        outcome.ShouldHaveAnswered("fine?");
        Assert.Equal("No.", Assert.Single(outcome.Events.OfType<HarnessEvent.ToolCompleted>()).Text);
        Assert.Equal("mcp_server", Assert.Single(asked).Action);
        Assert.Contains("touch", asked[0].Detail, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(anton.Root, "touched")));
    }

    [Fact]
    public async Task The_tools_of_a_project_are_there_as_soon_as_a_person_agrees()
    {
        await using var anton = await McpUnderTest.StartAsync("{}");
        anton.File("harbour/.anton/mcp.json", McpUnderTest.Servers(anton, """{"count er": {"command": "python3", "args": ["-u", "PROGRAM"], "env": {"TOKEN": "canary-of-the-project"}}}"""));

        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, """[[tool mcp__count_er {}]] [[tool mcp__count_er__add {"a":40,"b":2}]] [[tool mcp__count_er__say {"text":"canary-of-the-project"}]] [[say yes?]]"""));

        outcome.ShouldHaveAnswered("yes?");
        Assert.Equal(
            ["Connected. You have from now on: mcp__count_er__add, mcp__count_er__end, mcp__count_er__env, mcp__count_er__note, mcp__count_er__say, mcp__count_er__wait.", "42", "[TOKEN of count er]"],
            outcome.Events.OfType<HarnessEvent.ToolCompleted>().Select(end => end.Text));
        var health = anton.Services.GetRequiredService<McpServers>().Known.Select(c => $"{c.Server.Name} {c.State} {c.Server.Folder == anton.Project.Directory}");
        Assert.Equal(["count er ready True"], health);
    }

    [Fact]
    public async Task A_call_that_is_never_answered_is_given_up_and_the_turn_goes_on()
    {
        var clock = new FakeTimeProvider();
        await using var anton = await McpUnderTest.StartAsync(clock: clock);
        var waiting = Path.Combine(anton.Root, "waiting");

        var run = anton.RunAsync(McpUnderTest.Request(anton, $$"""[[tool mcp__counter__wait {"file":"{{waiting}}"}]] [[tool mcp__counter__add {"a":1,"b":1}]] [[say yes?]]"""));
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(waiting)), TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMinutes(2));

        var results = (await run).Events.OfType<HarnessEvent.ToolCompleted>().ToList();
        Assert.Contains("said nothing for 2 minutes", results[0].Text, StringComparison.Ordinal);
        Assert.Equal((true, "2"), (results[0].IsError, results[1].Text));
    }

    [Fact]
    public void Names_are_such_as_providers_take_and_never_the_same_twice()
    {
        var names = new McpToolNames();
        Assert.Equal("mcp__a_b__c_d", names.Next("a b", "c.d"));
        Assert.Equal("mcp__a_b__c_d_2", names.Next("a.b", "c d"));
        Assert.Equal("mcp__a_b", names.Next("a b", null));
        var first = names.Next("long", new string('x', 80));
        var second = names.Next("long", new string('x', 81));
        Assert.Equal((64, 64), (first.Length, second.Length));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task The_health_of_the_users_servers_can_be_seen()
    {
        await using var anton = await McpUnderTest.StartAsync("""{"counter": {"command": "python3", "args": ["-u", "PROGRAM"]}, "gone": {"command": "/no/such/program"}, "off": {"command": "x", "disabled": true}}""");
        await anton.RunAsync(McpUnderTest.Request(anton, "[[say fine]]"));

        var servers = anton.Services.GetRequiredService<McpServers>();
        var (configured, _) = anton.Services.GetRequiredService<McpFiles>().Read(folder: null);

        Assert.Equal(["counter ready 6", "gone failed 0"], configured.Select(servers.Get).Select(c => $"{c.Server.Name} {c.State} {c.ToolCount}"));
        Assert.NotNull(servers.Get(configured[1]).Problem);
    }
}
