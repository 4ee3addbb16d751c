using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Conversation;

/// <summary>Asks the user in the middle of a turn.</summary>
sealed class AskUserTool : ITool
{
    const int MaxOptions = 6;

    public ToolSpec Spec { get; } = new(
        "ask_user",
        "Ask the user one question and wait for the answer. Only for what you cannot find out and must know to go on.",
        BinaryData.FromString("""{"type":"object","properties":{"question":{"type":"string"},"options":{"type":"array","items":{"type":"string"},"description":"up to 6 answers to choose from"}},"required":["question"]}"""));

    public bool IsReadOnly => false;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.AskUserArguments);
        if (string.IsNullOrWhiteSpace(arguments.Question))
            throw new ToolException("The question is empty.");
        var options = (arguments.Options ?? []).Select(option => context.Scrubber.Scrub(option.Trim())).Where(option => option.Length > 0).Distinct(StringComparer.Ordinal).Take(MaxOptions);
        var answer = await context.Services.AskAsync(
            new(context.Scrubber.Scrub(arguments.Question.Trim())) { Options = [.. options], ToolUseId = call.Id },
            ct);
        return new(answer is null
            ? "Nobody answered. Go on with the most sensible assumption and name it in your answer; if none is safe, stop and say what you need to know."
            : $"The user answered: {answer}");
    }
}

sealed record AskUserArguments
{
    public required string Question { get; init; }

    public IReadOnlyList<string>? Options { get; init; }
}
