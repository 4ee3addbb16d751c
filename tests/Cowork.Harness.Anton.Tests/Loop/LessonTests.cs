using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Loop;

public sealed class LessonTests
{
    [Fact]
    public async Task What_was_learned_the_hard_way_is_kept_in_a_file_of_its_own()
    {
        await using var anton = await AgentThatFailsTwiceAsync("The dates are day first.");

        var outcome = await anton.RunAsync(Request(anton, MemoryPolicy.Automatic));

        outcome.ShouldHaveAnswered("It is 42.");
        var told = Assert.Single(outcome.Events.OfType<HarnessEvent.Warning>());
        Assert.Equal("lesson_learned", told.Code);
        Assert.Contains("“The dates are day first.”", told.Message, StringComparison.Ordinal);
        Assert.Contains("- The dates are day first. <!-- topic:parse", Lessons(anton), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MemoryPolicy.Automatic, "NONE")]
    [InlineData(MemoryPolicy.WhenAsked, "The dates are day first.")]
    [InlineData(MemoryPolicy.Off, "The dates are day first.")]
    public async Task Nothing_is_kept_that_teaches_nothing_or_was_not_allowed(MemoryPolicy policy, string lesson)
    {
        await using var anton = await AgentThatFailsTwiceAsync(lesson);

        (await anton.RunAsync(Request(anton, policy))).ShouldHaveAnswered("It is 42.");

        Assert.Equal("", Lessons(anton));
    }

    static async Task<AntonUnderTest> AgentThatFailsTwiceAsync(string lesson)
    {
        var outcomes = new Queue<ToolOutcome>([ToolOutcome.Error("bad date"), ToolOutcome.Error("bad date"), new("42")]);
        var anton = await new ProbeTools().Add("parse", (_, _, _) => Task.FromResult(outcomes.Dequeue())).StartAsync();
        for (var i = 0; i < 3; i++)
            anton.Model.Reply(Replies.Stream(Frames.ChatToolCalls(("parse", "{}"))));
        anton.Model.Reply(Replies.Stream(Frames.ChatReply("It is 42.", []))).Reply(Replies.Stream(Frames.ChatReply(lesson, [])));
        return anton;
    }

    static TurnRequest Request(AntonUnderTest anton, MemoryPolicy policy) => anton.Request("openai", new ContentBlock.TextBlock("how much?")) with { Memory = policy };

    static string Lessons(AntonUnderTest anton) =>
        Path.Combine(anton.Project.Directory, ".anton", "memory", "automatic-lessons.md") is var file && File.Exists(file) ? File.ReadAllText(file) : "";
}
