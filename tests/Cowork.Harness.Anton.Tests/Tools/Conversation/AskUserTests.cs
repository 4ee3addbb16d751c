using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests.Tools.Conversation;

public sealed class AskUserTests
{
    [Fact]
    public async Task The_answer_reaches_the_model()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        UserQuestion? asked = null;
        tools.Person.Answer = question =>
        {
            asked = question;
            return "blue";
        };

        Assert.Equal("The user answered: blue", await tools.TextAsync("ask_user", new { question = " Which colour? ", options = new[] { "red", " ", "blue", "red" } }));
        Assert.Equal(("Which colour?", "call-1"), (asked!.Text, asked.ToolUseId));
        Assert.Equal(["red", "blue"], asked.Options);
    }

    [Fact]
    public async Task A_question_that_nobody_answers_is_no_failure()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.Contains("assumption", await tools.TextAsync("ask_user", new { question = "Which?" }), StringComparison.Ordinal);
        await tools.FailAsync("ask_user", new { question = " " });
    }

    [Fact]
    public async Task Where_nobody_is_there_the_tool_is_not_offered()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Assert.Contains(await tools.AllAsync(), tool => tool.Spec.Name == "ask_user");

        tools.Request = tools.Request with { IsInteractive = false };
        Assert.DoesNotContain(await tools.AllAsync(), tool => tool.Spec.Name == "ask_user");
    }
}
