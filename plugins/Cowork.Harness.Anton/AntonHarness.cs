using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Mcp;
using Cowork.Harness.Anton.Memory;
using Cowork.Harness.Anton.Prompt;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Turn;

namespace Cowork.Harness.Anton;

/// <summary>Answers one message: gathers what the model shall know and may use, then lets it work.</summary>
sealed class AntonHarness(
    PromptBuilder prompts, IEnumerable<IToolSource> sources, LanguageModels models, Compactor compactor, Summaries summaries, AgentLoop loop, MemoryStore memory,
    McpFiles servers, PadPool pads)
    : IHarness, IHarnessMemory, IHarnessConversations
{
    const string WebSearch = "web_search";

    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var turn = await BeginAsync(request, Checked(request.Models?.Planning), ct);
        await foreach (var e in loop.RunAsync(turn, ct))
            yield return e;
    }

    public Task<IReadOnlyList<MemoryFile>> ListAsync(ProjectInfo? project, CancellationToken ct) => memory.ListAsync(project, ct);

    public Task SaveAsync(ProjectInfo? project, string path, string content, CancellationToken ct) => memory.SaveAsync(project, path, content, ct);

    public Task DeleteAsync(ProjectInfo? project, string path, CancellationToken ct)
    {
        memory.Delete(project, path);
        return Task.CompletedTask;
    }

    public Task ForgetAsync(Guid conversationId, CancellationToken ct)
    {
        summaries.Forget(conversationId);
        return pads.ForgetAsync(conversationId, ct);
    }

    async Task<TurnState> BeginAsync(TurnRequest request, ModelChoice choice, CancellationToken ct)
    {
        var turn = new TurnState(request, choice, Scrubber.With(request, servers.SecretsOf(request.Project.Directory)));
        var tools = new List<ITool>();
        foreach (var source in sources)
            tools.AddRange(await source.ToolsAsync(turn.Context, ct));
        var searchesItself = models.SearchesItself(choice);
        if (searchesItself)
            tools.RemoveAll(tool => tool.Spec.Name == WebSearch);
        var messages = await MessageBuilder.BuildAsync(request, ct);
        turn.Begin(tools, new()
        {
            System = await prompts.BuildAsync(request, [.. tools.Select(tool => tool.Spec.Name)], ct),
            Messages = compactor.Apply(request.ConversationId, messages),
            Tools = [.. tools.Select(tool => tool.Spec)],
            NativeWebSearch = searchesItself,
            ReasoningEffort = choice.ReasoningEffort,
            MaxOutputTokens = OutputLimits.Of(choice.Model),
        });
        return turn;
    }

    static ModelChoice Checked(ModelChoice? choice)
    {
        if (choice is null || string.IsNullOrWhiteSpace(choice.Model))
            throw new HarnessException(FailureCodes.NotConfigured, "No model is chosen. Choose a provider and a model in Settings.");

        // Such a key cannot be sent at all, and the framework's own complaint would quote it.
        if (choice.ApiKey is { } key && key.Reveal().AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new HarnessException(FailureCodes.ProviderAuth, "The API key contains blanks or characters that no key has. Copy it again and store it in Settings.");
        return choice;
    }
}
