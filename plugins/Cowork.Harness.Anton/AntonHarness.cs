using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Memory;
using Cowork.Harness.Anton.Prompt;
using Cowork.Harness.Anton.Turn;

namespace Cowork.Harness.Anton;

/// <summary>Answers one message: loads what the model shall know, then lets it speak.</summary>
sealed class AntonHarness(PromptBuilder prompts, ModelRound round, MemoryStore memory) : IHarness, IHarnessMemory
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var choice = Checked(request.Models?.Planning);
        var model = new ModelRequest
        {
            System = await prompts.BuildAsync(request, ct),
            Messages = await MessageBuilder.BuildAsync(request, ct),
            ReasoningEffort = choice.ReasoningEffort,
        };

        await foreach (var e in round.RunAsync(choice, model, ct))
            yield return e;
    }

    public Task<IReadOnlyList<MemoryFile>> ListAsync(ProjectInfo? project, CancellationToken ct) => memory.ListAsync(project, ct);

    public Task SaveAsync(ProjectInfo? project, string path, string content, CancellationToken ct) => memory.SaveAsync(project, path, content, ct);

    public Task DeleteAsync(ProjectInfo? project, string path, CancellationToken ct)
    {
        memory.Delete(project, path);
        return Task.CompletedTask;
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
