using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Prompt;
using Cowork.Harness.Anton.Turn;

namespace Cowork.Harness.Anton;

/// <summary>Answers one message: loads what the model shall know, then lets it speak.</summary>
sealed class AntonHarness(PromptBuilder prompts, ModelRound round) : IHarness
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var choice = request.Models?.Planning
            ?? throw new HarnessException(FailureCodes.NotConfigured, "No model is chosen. Choose a provider and a model in Settings.");
        var model = new ModelRequest
        {
            System = await prompts.BuildAsync(request, ct),
            Messages = await MessageBuilder.BuildAsync(request, ct),
            ReasoningEffort = choice.ReasoningEffort,
        };

        await foreach (var e in round.RunAsync(choice, model, ct))
            yield return e;
    }
}
