using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cowork.Abstractions;

namespace Cowork.Harness.Echo;

/// <summary>The smallest harness: it answers with what it got. Useful to see the server work without any model.</summary>
public sealed class EchoPlugin : ICoworkPlugin
{
    public void Configure(IPluginBuilder plugin) =>
        plugin.AddHarness<EchoHarness>(new() { Id = "echo", Label = "Echo", Description = "Repeats what you say. Needs no model." });
}

sealed class EchoHarness : IHarness
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var said = string.Join(' ', request.Input.Select(Describe));
        var call = $"echo-{request.TurnId:N}";

        yield return new HarnessEvent.ToolStarted(call, "count_words");
        yield return new HarnessEvent.ToolArguments(call, "count_words", $$"""{"text":"{{JsonEncodedText.Encode(said, JavaScriptEncoder.Default)}}"}""");
        var words = said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        yield return new HarnessEvent.Progress("tool_done", $"{words.Length} words") { ToolUseId = call };
        yield return new HarnessEvent.ToolCompleted(call, "count_words", IsError: false, $"{words.Length} words");

        yield return new HarnessEvent.TextDelta("You said: ");
        for (var i = 0; i < words.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            await Task.Yield();
            yield return new HarnessEvent.TextDelta(i == 0 ? words[i] : ' ' + words[i]);
        }

        yield return new HarnessEvent.Usage(words.Length, words.Length + 2);
    }

    static string Describe(ContentBlock block) => block switch
    {
        ContentBlock.TextBlock text => text.Text,
        ContentBlock.ImageBlock image => $"[image {image.File.Name}]",
        ContentBlock.FileBlock file => $"[file {file.File.Name}]",
        _ => "",
    };
}
