using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests;

public sealed class MessageTests
{
    static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgogZmFrZQ==");

    [Fact]
    public async Task History_goes_out_in_order_and_plain()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say Ada]]")) with { History = [User("my name is Ada"), Assistant("nice")] };

        await anton.RunAsync(request);

        var messages = anton.Model.Requests[0].Body.GetProperty("messages");
        Assert.Equal(["system", "user", "assistant", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal(["my name is Ada", "nice", "[[say Ada]]"], messages.EnumerateArray().Skip(1).Select(message => message.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Anthropic_never_sees_one_role_twice_in_a_row()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("anthropic", new ContentBlock.TextBlock("[[say there]]")) with
        {
            History = [Assistant("welcome"), User("first try"), Assistant(""), User("second try")],
        };

        await anton.RunAsync(request);

        var messages = anton.Model.Requests[0].Body.GetProperty("messages");
        Assert.Equal(["user", "assistant", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal(["first try", "second try", "[[say there]]"], messages[2].GetProperty("content").EnumerateArray().Select(part => part.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Images_travel_as_images_and_files_as_their_paths()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var image = anton.Attachment("p.png", "image/png", Png);
        var file = anton.Attachment("note.txt", "text/plain", [1]);
        ContentBlock[] input = [new ContentBlock.TextBlock("look [[say seen]]"), new ContentBlock.FileBlock(file), new ContentBlock.ImageBlock(image)];

        (await anton.RunAsync(anton.Request("openai", input))).ShouldHaveAnswered("seen");
        (await anton.RunAsync(anton.Request("anthropic", input))).ShouldHaveAnswered("seen");

        var openai = anton.Model.Requests[0].Body.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal($"[Attached file 'note.txt' is at: {file.Path}]", openai[1].GetProperty("text").GetString());
        Assert.Equal("data:image/png;base64,iVBORw0KGgogZmFrZQ==", openai[2].GetProperty("image_url").GetProperty("url").GetString());
        var anthropic = anton.Model.Requests[1].Body.GetProperty("messages")[0].GetProperty("content");
        Assert.Equal($"[Attached file 'note.txt' is at: {file.Path}]", anthropic[1].GetProperty("text").GetString());
        Assert.Equal("image/png iVBORw0KGgogZmFrZQ==", $"{anthropic[2].GetProperty("source").GetProperty("media_type").GetString()} {anthropic[2].GetProperty("source").GetProperty("data").GetString()}");
    }

    [Fact]
    public async Task A_file_beside_text_stays_a_plain_string_for_simple_servers()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var file = anton.Attachment("note.txt", "text/plain", [1]);

        await anton.RunAsync(anton.Request("openai_compatible", new ContentBlock.TextBlock("[[say x]]"), new ContentBlock.FileBlock(file)));

        var content = anton.Model.Requests[0].Body.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal($"[[say x]]\n\n[Attached file 'note.txt' is at: {file.Path}]", content.GetString());
    }

    [Fact]
    public async Task An_image_of_more_than_20_MB_is_refused_before_the_call()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var image = new ContentBlock.ImageBlock(anton.Attachment("big.png", "image/png", new byte[(20 * 1024 * 1024) + 1]));

        var outcome = await anton.RunAsync(anton.Request("openai", image));

        outcome.ShouldHaveFailed(FailureCodes.ImageFormat);
        Assert.Empty(anton.Model.Requests);

        var later = anton.Request("openai", new ContentBlock.TextBlock("[[say fine]]")) with { History = [new(MessageRole.User, [image])] };
        (await anton.RunAsync(later)).ShouldHaveAnswered("fine");
    }

    static HistoryMessage User(string text) => new(MessageRole.User, [new ContentBlock.TextBlock(text)]);

    static HistoryMessage Assistant(string text) => new(MessageRole.Assistant, [new ContentBlock.TextBlock(text)]);
}
