using Cowork.Abstractions;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Loop;

public sealed class FinishCheckTests
{
    [Theory]
    [InlineData("Here are the figures.", "plainly done")]
    [InlineData("I could not find the file. Where is it?", "waits for the user")]
    public async Task Most_answers_need_no_check(string answer, string why)
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();

        (await anton.RunAsync("openai", $"[[tool measure {{}}]] [[say {answer}]]")).ShouldHaveAnswered(answer);

        Assert.True(anton.Model.Requests.Count == 2, why);
    }

    [Fact]
    public async Task Work_that_was_left_undone_goes_on()
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        Script(anton, "Part one is done.", "Some thoughts first.\nSTATUS: INCOMPLETE - part two is missing", "Part two is done as well.");

        var outcome = await anton.RunAsync("openai", "do both parts");

        outcome.ShouldHaveAnswered("Part one is done.\n\nPart two is done as well.");
        Assert.Contains(outcome.Events, e => e is HarnessEvent.Progress { Phase: "analyzing" });
        Assert.Equal("fake-coder", anton.Model.Requests[2].Body.GetProperty("model").GetString());
    }

    [Theory]
    [InlineData("Teil 1 ist fertig. Als nächstes zähle ich den Rest.")]
    [InlineData("Je n'ai pas pu lire le fichier.")]
    [InlineData("No se pudo abrir el archivo.")]
    [InlineData("第一部分完成了，接下来处理其余部分。")]
    [InlineData("Не удалось открыть файл.")]
    [InlineData("Hier sind die Zahlen:")]
    public async Task Work_that_was_left_undone_is_noticed_in_other_languages_too(string answer)
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        Script(anton, answer, "STATUS: COMPLETE");

        (await anton.RunAsync("openai", "do it")).ShouldHaveAnswered(answer);

        Assert.Equal(3, anton.Model.Requests.Count);
    }

    [Fact]
    public async Task A_turn_that_is_stuck_explains_itself_without_tools()
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        Script(anton, "I could not do it.", "STATUS: STUCK - no password", "The password is missing; please supply it.");

        (await anton.RunAsync("openai", "log in")).ShouldHaveAnswered("I could not do it.\n\nThe password is missing; please supply it.");

        Assert.False(anton.Model.Requests[3].Body.TryGetProperty("tools", out _));
    }

    [Theory]
    [InlineData("STATUS: COMPLETE")]
    [InlineData("STATUS: WAITING - for a date")]
    [InlineData("no verdict at all")]
    public async Task Every_other_verdict_lets_the_answer_stand(string verdict)
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        Script(anton, "I could not reach one source.", verdict);

        (await anton.RunAsync("openai", "look it up")).ShouldHaveAnswered("I could not reach one source.");
    }

    [Fact]
    public async Task A_check_that_fails_is_not_heard_of()
    {
        await using var anton = await new ProbeTools().Add("measure", "1").StartAsync();
        anton.Model
            .Reply(Replies.Stream(Frames.ChatToolCalls(("measure", "{}"))))
            .Reply(Text("I could not reach one source."))
            .Reply(Replies.Error(402, "no credit"));

        (await anton.RunAsync("openai", "look it up")).ShouldHaveAnswered("I could not reach one source.");
    }

    static void Script(AntonUnderTest anton, params string[] texts)
    {
        anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("measure", "{}"))));
        foreach (var text in texts)
            anton.Model.Reply(Text(text));
    }

    static Func<Microsoft.AspNetCore.Http.HttpContext, Task> Text(string text) =>
        Replies.Stream([Frames.ChatText(text), Frames.ChatChunk("{}", "stop"), Frames.ChatEnd()]);
}
