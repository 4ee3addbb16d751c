using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Cowork.Abstractions;

namespace Cowork.Test.Script;

/// <summary>Two agents that run the message line by line: <c>script</c>, and <c>script-model</c>, which is given models and their keys.</summary>
public sealed class ScriptPlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Script";

    public void Configure(IPluginBuilder plugin) => plugin
        .AddHarness<ScriptHarness>(new() { Id = "script", Label = "Script" })
        .AddHarness<ScriptHarness>(new() { Id = "script-model", Label = "Script with models", NeedsModel = true });
}

/// <summary>
/// One command a line; the words of a command are parted by <c>|</c>:
/// <list type="bullet">
/// <item><c>say|TEXT</c>, <c>usage|IN|OUT</c>, <c>fail|CODE|SENTENCE|retryable</c>, <c>hang</c>, <c>until|FILE</c> waits for a file in the project</item>
/// <item><c>call|ID|TOOL|ARGUMENTS</c>, <c>result|ID|TOOL|TEXT</c>, <c>error|ID|TOOL|TEXT</c>, <c>cell|ID|CONTENT</c>, <c>progress|PHASE|TEXT</c>, <c>warn|TEXT</c></item>
/// <item><c>mask|TEXT</c> says how long the text is without secrets, and whether one is known that is as long</item>
/// <item><c>history</c>, <c>turn</c>, <c>peak</c>, <c>forgotten</c> say what the turn was given, how many ran at once, and which conversations were deleted</item>
/// <item><c>approve|ACTION|SUBJECT</c>, <c>ask|QUESTION|OPTION…</c> say what came back</item>
/// <item><c>artifact|TYPE|NAME|PRIMARY</c>, <c>primary|SLUG|FILE</c>, <c>write|PATH|TEXT</c>, <c>delete|PATH</c></item>
/// <item><c>{key}</c> anywhere is the key of the model, <c>{json}</c> the same as JSON writes it; <c>spell|N|TEXT</c> says TEXT in pieces of N characters</item>
/// </list>
/// </summary>
sealed class ScriptHarness : IHarness, IHarnessConversations
{
    static readonly System.Collections.Concurrent.ConcurrentQueue<Guid> Forgotten = new();
    static int _running;
    int _peak;

    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var key = request.Models?.Planning.ApiKey?.Reveal() ?? "no key";
        foreach (var line in request.Input.OfType<ContentBlock.TextBlock>().SelectMany(b => WithKey(b.Text, key).Split('\n')))
        {
            var words = line.Split('|');
            if (await EventAsync(words, request, ct) is { } e)
                yield return e;
            else if (words[0] == "spell")
                foreach (var piece in words[2].Chunk(int.Parse(words[1], CultureInfo.InvariantCulture)))
                    yield return new HarnessEvent.TextDelta(new(piece));
            else
                yield return new HarnessEvent.TextDelta(await AnswerAsync(words, request, ct));
        }
    }

    public Task ForgetAsync(Guid conversationId, CancellationToken ct)
    {
        Forgotten.Enqueue(conversationId);
        return Task.CompletedTask;
    }

    static string WithKey(string text, string key) =>
        text.Replace("{key}", key, StringComparison.Ordinal).Replace("{json}", JsonEncodedText.Encode(key).ToString(), StringComparison.Ordinal);

    static async Task<HarnessEvent?> EventAsync(string[] words, TurnRequest request, CancellationToken ct)
    {
        switch (words)
        {
            case ["say", var text]:
                return new HarnessEvent.TextDelta(text);
            case ["usage", var input, var output]:
                return new HarnessEvent.Usage(long.Parse(input, CultureInfo.InvariantCulture), long.Parse(output, CultureInfo.InvariantCulture));
            case ["call", var id, var tool, var arguments]:
                return new HarnessEvent.ToolArguments(id, tool, arguments) { ProviderData = $"signature of {id}" };
            case ["start", var id, var tool]:
                return new HarnessEvent.ToolStarted(id, tool);
            case ["result", var id, var tool, var text]:
                return new HarnessEvent.ToolCompleted(id, tool, false, text);
            case ["error", var id, var tool, var text]:
                return new HarnessEvent.ToolCompleted(id, tool, true, text);
            case ["cell", var id, var content]:
                return new HarnessEvent.ToolResult(id, "scratchpad", "exec", content);
            case ["progress", var phase, var text]:
                return new HarnessEvent.Progress(phase, text);
            case ["warn", var text]:
                return new HarnessEvent.Warning("scripted", text);
            case ["fail", var code, var sentence, ..]:
                throw new HarnessException(code, sentence, words is [.., "retryable"]);
            case ["hang"]:
                await Task.Delay(Timeout.Infinite, ct);
                return null;
            case ["until", var file]:
                while (!File.Exists(request.Services.ResolveProjectPath(file)))
                    await Task.Delay(5, ct);
                return new HarnessEvent.TextDelta("");
            default:
                return null;
        }
    }

    async Task<string> AnswerAsync(string[] words, TurnRequest request, CancellationToken ct)
    {
        var services = request.Services;
        switch (words)
        {
            case ["history"]:
                return string.Join('\n', request.History.SelectMany(m => m.Content.Select(b => $"{m.Role}: {Describe(b)}")));
            case ["mask", var text]:
                return $"{text.Length} characters become {services.MaskSecrets(text).Length}, {services.LongestSecret >= text.Length}";
            case ["turn"]:
                return $"interactive {request.IsInteractive}, budget {request.TokenBudget}";
            case ["forgotten"]:
                return string.Join(' ', Forgotten);
            case ["peak"]:
                return $"peak {await PeakAsync()}\n";
            case ["approve", var action, var subject]:
                var decision = await services.RequestApprovalAsync(new(action, $"Do {subject}", subject) { Detail = $"all of {subject}", ToolUseId = "call-1" }, ct);
                return $"{(decision.IsAllowed ? "allowed" : "denied")}: {decision.Reason}\n";
            case ["ask", var question, .. var options]:
                return $"answer: {await services.AskAsync(new(question) { Options = options }, ct) ?? "none"}\n";
            case ["artifact", var type, var name, .. var primary]:
                return $"{(await services.Artifacts.CreateAsync(new(name, $"About {name}", type, primary is [var entry] ? entry : null), ct)).Slug}\n";
            case ["primary", var slug, var file]:
                return $"{(await services.Artifacts.UpdateAsync(slug, new() { Primary = file, Port = 8123 }, ct)).Primary}\n";
            case ["artifacts"]:
                return string.Join('\n', (await services.Artifacts.ListAsync(ct)).Select(a => $"{a.Slug} {a.Type} {string.Join(',', a.Files.Select(f => f.Path))}"));
            case ["find", var slug]:
                return await services.Artifacts.FindAsync(slug, ct) is { } found ? found.Name : "none";
            case ["write", var path, var text]:
                var full = services.ResolveProjectPath(path);
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                await File.WriteAllTextAsync(full, text, ct);
                return "";
            case ["delete", var path]:
                File.Delete(services.ResolveProjectPath(path));
                return "";
            default:
                return $"{words[0]}?";
        }
    }

    async Task<int> PeakAsync()
    {
        var running = Interlocked.Increment(ref _running);
        for (var seen = Volatile.Read(ref _peak); running > seen; seen = Volatile.Read(ref _peak))
            Interlocked.CompareExchange(ref _peak, running, seen);
        // Long enough for others to come, if they may.
        for (var i = 0; i < 50; i++)
            await Task.Yield();
        Interlocked.Decrement(ref _running);
        return Volatile.Read(ref _peak);
    }

    static string Describe(ContentBlock block) => block switch
    {
        ContentBlock.TextBlock text => $"text {text.Text}",
        ContentBlock.ToolCallBlock call => $"call {call.ToolUseId} {call.ToolName} {call.ArgumentsJson} {call.ProviderData ?? "-"}",
        ContentBlock.ToolResultBlock result => $"{(result.IsError ? "error" : "result")} {result.ToolUseId} {(result.Text.Length > 200 ? $"({result.Text.Length} characters)" : result.Text)}",
        _ => block.GetType().Name,
    };
}
