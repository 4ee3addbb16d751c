using System.Globalization;
using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Memory;
using Cowork.Harness.Anton.Skills;

namespace Cowork.Harness.Anton.Prompt;

/// <summary>Puts the system prompt of a turn together.</summary>
sealed class PromptBuilder(MemoryFiles memory, MemoryStore store, SkillFolders skills, TimeProvider time)
{
    const int MaxInstructions = 32_000;
    const int MaxLessons = 4_000;
    const int MaxProfile = 4_000;
    const int MaxRules = 8_000;
    const int MaxTone = 500;
    const int MaxTopics = 8_000;

    /// <param name="request">The turn.</param>
    /// <param name="tools">Names of the tools that the model gets.</param>
    /// <param name="ct">The turn's token.</param>
    public async Task<SystemPrompt> BuildAsync(TurnRequest request, IReadOnlyCollection<string> tools, CancellationToken ct)
    {
        var tail = new StringBuilder();
        AddProject(tail, request.Project);
        AddSection(tail, "Instructions of this project", Cut(await InstructionsAsync(request, ct), MaxInstructions));
        AddMemory(tail, "everywhere", await memory.ReadGlobalAsync(ct), await store.TopicsAsync(null, ct));
        AddMemory(tail, "in this project", await memory.ReadProjectAsync(request.Project, ct), await store.TopicsAsync(request.Project, ct));
        AddWishes(tail, request);
        AddSkills(tail, await skills.AllAsync(request, ct));
        AddAttachments(tail, request.Attachments);
        if (!request.IsInteractive)
            AddSection(tail, "Nobody is watching", "This turn was started by a schedule or a message from elsewhere. Nobody can answer questions while it runs: decide yourself, and say in your answer what you assumed.");

        // Only the day: a clock would make every prompt different and no provider could cache it.
        tail.Append(CultureInfo.InvariantCulture, $"Today is {time.GetLocalNow():dddd, d MMMM yyyy}.");
        return new(BasePrompt.For(tools), tail.ToString());
    }

    static void AddProject(StringBuilder tail, ProjectInfo project) =>
        AddSection(tail, "Project", $"This conversation belongs to the project “{project.Name}”. Its folder, which is your working folder, is {project.Directory}");

    async Task<string> InstructionsAsync(TurnRequest request, CancellationToken ct)
    {
        string path;
        try
        {
            path = request.Services.ResolveProjectPath(".anton/anton.md");
        }
        catch (HarnessException)
        {
            // A link that leads out of the project: whatever it points at is not this project's text.
            return "";
        }

        var text = MemoryFiles.WithoutComments(await memory.ReadTextAsync(path, ct)).Trim();
        return IsUntouchedTemplate(text) ? "" : text;
    }

    /// <summary>A new project's file has a heading, a date and a comment: nothing that a model needs.</summary>
    static bool IsUntouchedTemplate(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.Length > 0 && trimmed[0] != '#' && !trimmed.StartsWith("Created:", StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    static void AddWishes(StringBuilder tail, TurnRequest request)
    {
        if (request.Tone is { Length: > 0 } tone)
            AddSection(tail, "Tone", $"The person wishes to be answered in this tone: {Cut(tone, MaxTone)}");
        if (request.ProactiveDashboards)
            AddSection(tail, "Dashboards", "Where an answer rests on data that charts show better than words, make a dashboard without being asked: recall the skill “dashboard” first.");
    }

    static void AddMemory(StringBuilder tail, string scope, MemoryNotes notes, IReadOnlyList<MemoryFile> topics)
    {
        AddSection(tail, "The person", Cut(string.Join('\n', notes.Profile), MaxProfile));
        AddSection(tail, $"Rules that hold {scope}", Cut(notes.Rules, MaxRules));
        AddSection(tail, $"What you have learned, valid {scope}", string.Join('\n', Newest(notes.Lessons)));
        AddSection(tail, $"Notes by topic, valid {scope}", Cut(string.Join("\n\n", topics.Select(Topic).OfType<string>()), MaxTopics));
    }

    static string? Topic(MemoryFile topic) =>
        MemoryFiles.WithoutComments(topic.Content).Trim() is { Length: > 0 } text ? $"## {Path.GetFileNameWithoutExtension(topic.Path)}\n\n{text}" : null;

    /// <summary>As many lessons as fit, the newest ones first to be kept.</summary>
    static IEnumerable<string> Newest(IReadOnlyList<string> lessons)
    {
        var (first, length) = (lessons.Count, 0);
        while (first > 0 && length + lessons[first - 1].Length <= MaxLessons)
            length += lessons[--first].Length + 1;
        return lessons.Skip(first);
    }

    static void AddSkills(StringBuilder tail, IReadOnlyList<SkillFolder> skills)
    {
        if (skills.Count == 0)
            return;
        // Their names cost room in every call, their texts only when they are read.
        var text = new StringBuilder("Procedures. When the situation of one comes up, read it with recall_skill and follow it.");
        foreach (var skill in skills)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\n- {skill.Label} ({skill.Name})");
            if (skill.Description.Length > 0)
                text.Append(CultureInfo.InvariantCulture, $" — {skill.Description}");
        }

        AddSection(tail, "Skills", text.ToString());
    }

    static void AddAttachments(StringBuilder tail, IReadOnlyList<AttachedFile> files)
    {
        if (files.Count > 0)
            AddSection(tail, "Files attached to this conversation", string.Join('\n', files.Select(file => $"- {file.Name} ({file.ContentType}): {file.Path}")));
    }

    static void AddSection(StringBuilder tail, string heading, string text)
    {
        if (!string.IsNullOrWhiteSpace(text))
            tail.Append(CultureInfo.InvariantCulture, $"# {heading}\n\n{text}\n\n");
    }

    static string Cut(string text, int max) => text.Length <= max ? text : $"{text[..max]}\n(The rest is left out: it is too long.)";
}
