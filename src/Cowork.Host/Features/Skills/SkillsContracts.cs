using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Skills;

/// <summary>What a caller sends; null leaves a field as it is.</summary>
/// <param name="Declarative">The instructions, under the name that the client knows.</param>
/// <param name="Instructions">The instructions, under their own name.</param>
sealed record SkillWrite(
    string? Label = null, string? Name = null, string? Description = null, string? WhenToUse = null, string? Declarative = null, string? Instructions = null)
{
    public string? Procedure => Declarative ?? Instructions;
}

sealed record SkillRow(Guid Id, string Label, string Name, string? Description, string? WhenToUse, string Declarative, DateTime CreatedAt, DateTime ModifiedAt)
{
    public static SkillRow Of(Skill skill) =>
        new(skill.Id, skill.Label, skill.Name, skill.Description, skill.WhenToUse, skill.Instructions, skill.CreatedAt, skill.ModifiedAt);
}

sealed record SkillList(IReadOnlyList<SkillRow> Skills, bool HasMore);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SkillWrite))]
sealed partial class SkillWriteJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SkillRow))]
[JsonSerializable(typeof(SkillList))]
sealed partial class SkillsJson : JsonSerializerContext;
