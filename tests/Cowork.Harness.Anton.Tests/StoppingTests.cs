using Cowork.Abstractions;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests;

public sealed class StoppingTests
{
    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task The_first_words_come_while_the_model_is_still_talking(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var heard = new TaskCompletionSource();
        anton.Model.Reply(async http =>
        {
            await Replies.Stream([provider == "openai" ? Frames.ChatText("first") : Frames.EventText("first")])(http);
            await heard.Task.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync(provider == "openai"
                ? Frames.ChatChunk("{}", "stop")
                : Frames.Event("message_stop"), http.RequestAborted);
        });

        await using var events = anton.EventsAsync(anton.Request(provider, new ContentBlock.TextBlock("hi")), TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("first", Assert.IsType<HarnessEvent.TextDelta>(events.Current).Text);
        heard.SetResult();
        while (await events.MoveNextAsync())
        {
        }
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Stopping_a_turn_hangs_up_at_once(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        using var stop = new CancellationTokenSource();
        var silent = new TaskCompletionSource();
        anton.Model.Reply(async http =>
        {
            silent.SetResult();
            await Replies.Hang(http);
        });

        var turn = anton.RunUntilAsync(anton.Request(provider, new ContentBlock.TextBlock("hi")), stop.Token);
        await silent.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => turn);
        await anton.Model.Requests[0].ClientGone;
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Stopping_in_mid_answer_hangs_up_at_once(string provider)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        using var stop = new CancellationTokenSource();
        anton.Model.Reply(async http =>
        {
            await Replies.Stream([provider == "openai" ? Frames.ChatText("first") : Frames.EventText("first")])(http);
            await Replies.Hang(http);
        });

        await using var events = anton.EventsAsync(anton.Request(provider, new ContentBlock.TextBlock("hi")), stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await anton.Model.Requests[0].ClientGone;
    }

    [Fact]
    public async Task Many_turns_run_at_once_over_one_plugin()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => anton.RunAsync(i % 2 == 0 ? "openai" : "anthropic", $"[[say answer {i}]]")));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"answer {i}"), outcomes.Select(outcome => outcome.Text));
    }

    [Fact]
    public async Task Silence_ends_the_turn_some_time()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var silent = new TaskCompletionSource();
        anton.Model.Reply(async http =>
        {
            silent.SetResult();
            await Replies.Hang(http);
        });

        var turn = anton.RunAsync("openai", "hi");
        await silent.Task;
        anton.Time.Advance(TimeSpan.FromMinutes(11));

        (await turn).ShouldHaveFailed(FailureCodes.ProviderOverloaded);
    }
}
