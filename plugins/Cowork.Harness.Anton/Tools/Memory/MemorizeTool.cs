using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Memory;

namespace Cowork.Harness.Anton.Tools.Memory;

/// <summary>Keeps what the user wants remembered beyond this conversation.</summary>
sealed class MemorizeTool(MemoryStore store, TimeProvider time) : ITool
{
    const int MaxText = 1000;

    public ToolSpec Spec { get; } = new(
        "memorize",
        "Remember beyond this conversation what the user asks to be remembered: rules (always, never, when), facts (lesson), and who they are (profile, best as “Key: value”).",
        BinaryData.FromString("""{"type":"object","properties":{"entries":{"type":"array","items":{"type":"object","properties":{"text":{"type":"string"},"kind":{"type":"string","enum":["always","never","when","lesson","profile"]},"scope":{"type":"string","enum":["global","project"]},"topic":{"type":"string"}},"required":["text","kind","scope"]}}},"required":["entries"]}"""));

    public bool IsReadOnly => false;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var entries = call.Read(ToolArguments.Default.MemorizeArguments).Entries;
        if (context.Request.Memory == MemoryPolicy.Off)
            return ToolOutcome.Error("Memory is off, so nothing was kept. Tell the user that they can turn it on in Settings.");
        if (entries.Count == 0)
            throw new ToolException("There are no entries.");

        var (kept, failed) = (new List<string>(), new List<string>());
        foreach (var entry in entries)
        {
            var (said, isKept) = await KeepAsync(entry, context, ct);
            (isKept ? kept : failed).Add(said);
        }

        if (kept.Count == 0)
            return ToolOutcome.Error($"Nothing was kept. {string.Join(' ', failed)}");
        return new($"Memory updated: {string.Join("; ", kept)}{(failed.Count == 0 ? "" : $"\nNot kept: {string.Join(' ', failed)}")}");
    }

    /// <summary>Writes one entry and says what came of it.</summary>
    async Task<(string Said, bool IsKept)> KeepAsync(MemorizeEntry entry, ToolContext context, CancellationToken ct)
    {
        // A key that a tool showed by mistake must not live on in a file.
        var text = MemoryText.OneLine(context.Scrubber.Scrub(entry.Text ?? ""));
        if (text.Length is 0 or > MaxText)
            return ($"An entry is empty or longer than {MaxText} characters: shorten it.", false);
        var kind = entry.Kind?.Trim().ToLowerInvariant() is "always" or "never" or "when" or "lesson" or "profile" ? entry.Kind.Trim().ToLowerInvariant() : "lesson";
        var isGlobal = kind == "profile" || "global".Equals(entry.Scope?.Trim(), StringComparison.OrdinalIgnoreCase);
        var place = isGlobal ? "for all projects" : "for this project";
        try
        {
            var isNew = await WriteAsync(kind, text, entry.Topic, isGlobal ? null : context.Project, ct);
            return ($"{(isNew ? "Encoded" : "Already known as")} {kind} ({place}): {text}", true);
        }
        catch (Exception e) when (e is HarnessException or FormatException or IOException or UnauthorizedAccessException)
        {
            var reason = e switch
            {
                HarnessException harness => harness.UserMessage,
                FormatException => "The file has a comment or a code block that never ends. The user must close it first.",
                _ => "The file could not be written.",
            };
            return ($"“{text}” ({place}): {reason}", false);
        }
    }

    Task<bool> WriteAsync(string kind, string text, string? topic, ProjectInfo? project, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime(time.GetLocalNow().Date);
        return kind switch
        {
            "profile" => store.ChangeAsync(null, MemoryStore.ProfileFile, old => MemoryText.WithFact(old, text), ct),
            "lesson" => store.ChangeAsync(project, MemoryStore.LessonsFile, old => MemoryText.WithLesson(old, "# Lessons", text, topic, day), ct),
            _ => store.ChangeAsync(project, MemoryStore.RulesFile, old => MemoryText.WithRule(old, $"{char.ToUpperInvariant(kind[0])}{kind[1..]}", text, day), ct),
        };
    }
}

sealed record MemorizeArguments
{
    public required IReadOnlyList<MemorizeEntry> Entries { get; init; }
}

sealed record MemorizeEntry
{
    public string? Text { get; init; }

    public string? Kind { get; init; }

    public string? Scope { get; init; }

    public string? Topic { get; init; }
}
