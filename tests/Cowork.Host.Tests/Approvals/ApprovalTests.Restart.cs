using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Host.Features.Approvals;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Approvals;

/// <summary>Questions that were open when the server ended.</summary>
public sealed partial class ApprovalTests
{
    [Fact]
    public async Task A_question_that_the_server_did_not_survive_stays_to_be_read_and_the_conversation_goes_on()
    {
        var conversation = Guid.NewGuid();
        await _host.StartScriptAsync($"start|q|ask_user\ncall|q|ask_user|{{\"question\":\"Go on?\"}}\n{Install}", conversation);
        var asked = await PendingAsync(conversation);
        _client.Dispose();
        await _host.RestartAsync();
        _client = new(_host.Http.BaseAddress!);
        var kept = await _host.GetJsonAsync($"approvals/{Text(asked, "id")}");
        Assert.Equal(("interrupted", "Do npm install"), (Text(kept, "status"), Text(kept, "summary")));
        var items = await _client.ItemsAsync(conversation, Ct);
        Assert.Equal("interrupted", Text(items[1]!, "status"));
        Assert.Contains((JsonArray)items[1]!["events"]!, e => Text(e!, "type") == "response.approval_requested");
        Assert.EndsWith("error q The server ended before this call was finished.", HostUnderTest.TextOf(await _host.RunScriptAsync("history", conversation)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Install, "once", "You asked: Do npm install\nMy answer: yes, go on.", """["run_command: npm install"]""", false)]
    [InlineData(Install, "always", "You asked: Do npm install\nMy answer: yes, go on.", null, true)]
    [InlineData(Install, "deny", "You asked: Do npm install\nMy answer: no. Go on without it.", null, false)]
    [InlineData("ask|Which colour?|red", "blue", "You asked: Which colour?\nMy answer: blue", null, false)]
    public async Task A_late_answer_after_a_restart_goes_on_in_a_new_turn(string script, string answer, string message, string? granted, bool isRemembered)
    {
        var (conversation, asked) = await InterruptedAsync(script);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AnswerAsync(asked, answer)));
        Assert.Equal(("answered", answer), (Text(Assert.Single(answers, a => a.Status == 200).Body!, "status"), Text(Assert.Single(answers, a => a.Status == 200).Body!, "answer")));
        Assert.Equal(3, answers.Count(a => a.Status == 409));
        JsonArray items = [];
        await Eventually.TrueAsync(async () => (items = await _client.ItemsAsync(conversation, Ct)).Count == 4, Ct);
        Assert.Equal(message, Text(items[2]!, "content"));
        var options = _host.Get<Database>().Query(s => (string?)s.Scalar("SELECT options FROM turns WHERE number = 1"));
        Assert.Equal(granted, options is null ? null : JsonNode.Parse(options)!["Granted"]!.ToJsonString());
        Assert.Equal(isRemembered, await IsAllowedAtOnceAsync(Install, conversation));
    }

    [Fact]
    public async Task A_late_answer_comes_too_late_when_the_conversation_went_on()
    {
        var (conversation, asked) = await InterruptedAsync(Install);
        await _host.RunScriptAsync("say|never mind", conversation);
        var (status, body) = await AnswerAsync(asked, "once");
        Assert.Equal((409, "approval_over"), (status, Text(body!, "code")));
        Assert.Equal("interrupted", Text(await _host.GetJsonAsync($"approvals/{Text(asked, "id")}"), "status"));
    }

    [Fact]
    public void What_was_allowed_once_beforehand_is_allowed_once()
    {
        var rules = _host.Get<ApprovalRules>();
        var turn = new ApprovalTurn(Guid.NewGuid(), Guid.NewGuid(), Cowork.Host.Features.Projects.Project.GeneralId, true, UnattendedApprovals.None, ["run_command: npm install"], null!, () => false);
        var install = new ApprovalRequest("run_command", "Install", "npm install");
        Assert.Null(rules.Decide(turn, new("run_command", "Other", "npm publish"), isUse: true));
        Assert.True(rules.Decide(turn, install, isUse: false)!.IsAllowed);
        Assert.True(rules.Decide(turn, install, isUse: true)!.IsAllowed);
        Assert.Null(rules.Decide(turn, install, isUse: true));
    }

    [Fact]
    public async Task A_question_of_a_process_that_died_is_open_no_more()
    {
        var conversation = Guid.NewGuid();
        await AskAndAnswerAsync(Install, conversation, "deny");
        await _host.Get<Database>().WriteAsync(w => w.Execute("UPDATE approvals SET status = 'pending', answer = NULL, answered_at = NULL"), Ct);
        await _host.RestartAsync();
        var kept = Assert.Single(await ListAsync(""))!;
        Assert.Equal("interrupted", Text(kept, "status"));
        Assert.NotNull(kept["answered_at"]);
    }
}
