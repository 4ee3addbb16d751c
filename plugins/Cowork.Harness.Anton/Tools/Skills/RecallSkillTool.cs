using System.Globalization;
using System.Text;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Skills;

namespace Cowork.Harness.Anton.Tools.Skills;

/// <summary>Gets a procedure that the user has written down.</summary>
sealed class RecallSkillTool(SkillFolders folders) : ITool
{
    const double Alike = 0.6;
    const int LongestLabel = 100;

    public ToolSpec Spec { get; } = new(
        "recall_skill",
        "Load the full procedure of a listed skill before you do what it is for.",
        BinaryData.FromString("""{"type":"object","properties":{"label":{"type":"string"},"file":{"type":"string","description":"one of the skill's own files instead"}},"required":["label"]}"""));

    public bool IsReadOnly => true;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.RecallSkillArguments);
        var skills = await folders.AllAsync(context.Request, ct);
        var wanted = arguments.Label.Trim();
        if (wanted.Length > LongestLabel)
            wanted = wanted[..LongestLabel];
        var exact = skills.FirstOrDefault(skill => skill.Label == wanted) ?? skills.FirstOrDefault(skill => Likeness.Slug(skill.Label) == Likeness.Slug(wanted));
        var found = exact ?? Closest(skills, wanted);
        if (found is null)
            return ToolOutcome.Error($"NO MATCH for “{wanted}”. {(skills.Count == 0 ? "There are no skills." : $"Labels: {string.Join(", ", skills.Select(skill => skill.Label))}.")}");
        if (!string.IsNullOrWhiteSpace(arguments.File))
            return await FileAsync(found, arguments.File, ct);
        var warning = exact is null ? $"There is no skill “{wanted}”; this is the closest one.\n\n" : "";
        return new($"{warning}{Describe(found)}");
    }

    static SkillFolder? Closest(IReadOnlyList<SkillFolder> skills, string wanted)
    {
        var best = skills.Where(skill => skill.Label.Length <= LongestLabel).MaxBy(skill => Likeness.Of(skill.Label, wanted));
        return best is not null && Likeness.Of(best.Label, wanted) >= Alike ? best : null;
    }

    static async Task<ToolOutcome> FileAsync(SkillFolder skill, string file, CancellationToken ct)
    {
        var text = skill.Directory.Length == 0 ? null : await SkillFolders.ReadAsync(skill, file, ct);
        return text is null ? ToolOutcome.Error($"The skill {skill.Label} has no text file “{file}”. Call recall_skill without file to see what it has.") : new(text);
    }

    static string Describe(SkillFolder skill)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {skill.Name} ({skill.Label})\n\n");
        if (skill.Description.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"{skill.Description}\n\n");
        text.Append(skill.Instructions.Length > 0 ? skill.Instructions : "(The skill has no procedure.)");
        if (skill.Directory.Length > 0 && SkillFolders.Files(skill).ToList() is { Count: > 0 } files)
            text.Append(CultureInfo.InvariantCulture, $"\n\n[files of the skill, in {skill.Directory}: {string.Join(", ", files)}]");
        return text.ToString();
    }
}

sealed record RecallSkillArguments
{
    public required string Label { get; init; }

    public string? File { get; init; }
}
