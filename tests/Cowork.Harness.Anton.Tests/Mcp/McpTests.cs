using Cowork.Abstractions;
using Cowork.Harness.Anton.Mcp;
using Microsoft.Extensions.DependencyInjection;

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

        var outcome = await anton.RunAsync(McpUnderTest.Request(anton, "[[say fine]]", approval =>
        {
            asked.Add(approval);
            return new(false, "No.");
        }));

        outcome.ShouldHaveAnswered("fine");
        Assert.Equal("mcp_server", Assert.Single(asked).Action);
        Assert.Contains("touch", asked[0].Detail, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(anton.Root, "touched")));
    }

    [Fact]
    public async Task The_health_of_the_users_servers_can_be_seen()
    {
        await using var anton = await McpUnderTest.StartAsync("""{"counter": {"command": "python3", "args": ["-u", "PROGRAM"]}, "gone": {"command": "/no/such/program"}, "off": {"command": "x", "disabled": true}}""");
        await anton.RunAsync(McpUnderTest.Request(anton, "[[say fine]]"));

        var servers = anton.Services.GetRequiredService<McpServers>();
        var (configured, _) = anton.Services.GetRequiredService<McpFiles>().Read(folder: null);

        Assert.Equal(["counter ready 4", "gone failed 0"], configured.Select(servers.Get).Select(c => $"{c.Server.Name} {c.State} {c.ToolCount}"));
        Assert.NotNull(servers.Get(configured[1]).Problem);
    }
}
