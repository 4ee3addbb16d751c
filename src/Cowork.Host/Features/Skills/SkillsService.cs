using Cowork.Abstractions;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Skills;

/// <summary>The skills that users have written down.</summary>
[FeatureService]
sealed class SkillsService(Database database, TimeProvider time)
{
    const string Select = "SELECT id, label, name, description, when_to_use, instructions, created_at, modified_at FROM skills";

    /// <summary>All skills, newest first.</summary>
    public IReadOnlyList<Skill> List() =>
        // The row id decides between rows of the reference, whose times are whole seconds.
        database.Query(statements => statements.List(Read, $"{Select} ORDER BY created_at DESC, rowid DESC"));

    /// <summary>What a harness gets. Always in the same order, so that the prompt stays cacheable.</summary>
    public IReadOnlyList<SkillInfo> ForTurn() =>
        database.Query(statements => statements.List(
            r => new SkillInfo(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4)),
            "SELECT label, name, COALESCE(description, ''), COALESCE(when_to_use, ''), COALESCE(instructions, '') FROM skills ORDER BY label"));

    /// <exception cref="ApiException">404: no such skill.</exception>
    public Skill Get(Guid id) => database.Query(statements => statements.List(Read, $"{Select} WHERE id = ?1", id)) is [var skill] ? skill : throw Missing();

    /// <summary>Creates a skill, or updates the one that has both this label and this name (docs/decisions/0006).</summary>
    /// <returns>The skill and whether it is new.</returns>
    /// <exception cref="ApiException">409: label or name belong to another skill.</exception>
    public Task<(Skill Skill, bool IsNew)> SaveAsync(SkillWrite write, CancellationToken ct)
    {
        var label = CheckedLabel(write.Label ?? throw ApiException.Invalid("label", "The field 'label' is missing."));
        var name = CheckedName(write.Name ?? throw ApiException.Invalid("name", "The field 'name' is missing."));
        return database.WriteAsync(
            w =>
            {
                var skill = w.Db.Skills.FirstOrDefault(s => s.Label == label && s.Name == name);
                if (skill is not null)
                    return (Apply(w.Db, skill, write), false);
                RefuseTaken(w.Db, null, label, name);
                var now = time.UtcNow();
                skill = new() { Id = Guid.NewGuid(), Label = label, Name = name, Instructions = "", CreatedAt = now };
                w.Db.Skills.Add(skill);
                return (Apply(w.Db, skill, write), true);
            },
            ct);
    }

    /// <summary>Changes the given fields.</summary>
    /// <exception cref="ApiException">404: no such skill; 409: label or name belong to another one.</exception>
    public Task<Skill> UpdateAsync(Guid id, SkillWrite write, CancellationToken ct)
    {
        var label = write.Label is null ? null : CheckedLabel(write.Label);
        var name = write.Name is null ? null : CheckedName(write.Name);
        return database.WriteAsync(
            w =>
            {
                var skill = w.Db.Skills.FirstOrDefault(s => s.Id == id) ?? throw Missing();
                RefuseTaken(w.Db, id, label, name);
                skill.Label = label ?? skill.Label;
                skill.Name = name ?? skill.Name;
                return Apply(w.Db, skill, write);
            },
            ct);
    }

    /// <summary>Deletes the skill with this id, label or name; tried in this order.</summary>
    /// <exception cref="ApiException">404: none has it.</exception>
    public Task DeleteAsync(string key, CancellationToken ct) =>
        database.WriteAsync(
            w =>
            {
                var deleted = (Guid.TryParse(key, out var id) && w.Execute("DELETE FROM skills WHERE id = ?1", id) > 0)
                    || w.Execute("DELETE FROM skills WHERE label = ?1", key) > 0
                    || w.Execute("DELETE FROM skills WHERE name = ?1", key) > 0;
                if (!deleted)
                    throw Missing();
            },
            ct);

    static Skill Read(SqliteDataReader row) => new()
    {
        Id = Encodings.ToId(row.GetString(0)),
        Label = row.GetString(1),
        Name = row.GetString(2),
        Description = row.TextOrNull(3),
        WhenToUse = row.TextOrNull(4),
        Instructions = row.TextOrNull(5) ?? "",
        CreatedAt = Encodings.ToTime(row.GetString(6)),
        ModifiedAt = Encodings.ToTime(row.GetString(7)),
    };

    Skill Apply(CoworkDb db, Skill skill, SkillWrite write)
    {
        skill.Description = write.Description ?? skill.Description;
        skill.WhenToUse = write.WhenToUse ?? skill.WhenToUse;
        skill.Instructions = write.Procedure ?? skill.Instructions;
        skill.ModifiedAt = time.UtcNow();
        db.SaveChanges();
        return skill;
    }

    static void RefuseTaken(CoworkDb db, Guid? self, string? label, string? name)
    {
        if (label is not null && db.Skills.Any(s => s.Label == label && s.Id != self))
            throw ApiException.Conflict("label_taken", $"There is another skill with the label '{label}'. Choose another label, or delete that skill first.");
        if (name is not null && db.Skills.Any(s => s.Name == name && s.Id != self))
            throw ApiException.Conflict("name_taken", $"There is another skill with the name '{name}'. Choose another name, or delete that skill first.");
    }

    /// <summary>The reference names a folder after the label, so nothing that could lead elsewhere may get into the database.</summary>
    static string CheckedLabel(string label)
    {
        TextField.Required("label", label, Skill.MaxLabel);
        return label is "." or ".." || label.Any(c => c is '/' or '\\' || char.IsControl(c))
            ? throw ApiException.Invalid("label", "A label must not contain slashes or control characters.")
            : label;
    }

    static string CheckedName(string name) => TextField.Required("name", name, Skill.MaxName);

    static ApiException Missing() => ApiException.NotFound("skill_not_found", "There is no such skill.");
}
