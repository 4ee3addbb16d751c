using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Tools.Files;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Cowork.Harness.Anton.Skills;

/// <summary>A skill that is a folder with a SKILL.md, whose front matter says what it is for.</summary>
/// <param name="Label">The folder's name.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Instructions">The procedure.</param>
/// <param name="Directory">Absolute path of the folder.</param>
sealed record SkillFolder(string Label, string Name, string Description, string Instructions, string Directory);

/// <summary>Finds skills in folders: those of the project, and those that all projects share.</summary>
sealed class SkillFolders(AntonOptions options)
{
    const string Resources = "Skills.";
    const string FileName = "SKILL.md";
    const string OldMetadata = "meta.json";
    const string OldInstructions = "declarative.md";
    static readonly string[] OwnFiles = [FileName, OldMetadata, OldInstructions, "stats.json"];
    const long MaxFile = 256 * 1024;

    // Far more than any has; of nothing but brackets, a long one would keep the parser busy for a minute.
    const int MaxFrontMatter = 4_000;
    static readonly EnumerationOptions Visible = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint };

    /// <summary>What Anton brings along.</summary>
    static readonly Lazy<IReadOnlyList<SkillFolder>> BuiltIn = new(() => [.. typeof(SkillFolders).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Resources, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(OfResource)]);

    /// <summary>All that the agent can look up: what users wrote down in the app, then the folders, then what it brings along. Of two with one label the first counts.</summary>
    public async Task<IReadOnlyList<SkillFolder>> AllAsync(TurnRequest request, CancellationToken ct)
    {
        var written = request.Skills.Select(skill => new SkillFolder(skill.Label, skill.Name, skill.WhenToUse is { Length: > 0 } use ? use : skill.Description, skill.Instructions, ""));
        return [.. written.Concat(await ListAsync(request.Services, ct)).Concat(BuiltIn.Value).DistinctBy(skill => skill.Label)];
    }

    /// <summary>All skills, the project's first; of two with the same label only the first. What cannot be read is left out.</summary>
    public async Task<IReadOnlyList<SkillFolder>> ListAsync(ITurnServices services, CancellationToken ct)
    {
        var skills = new List<SkillFolder>();
        foreach (var root in Roots(services))
        {
            foreach (var folder in Directory.EnumerateDirectories(root, "*", Visible).Order(StringComparer.Ordinal))
            {
                if (await ReadAsync(folder, ct) is { } skill && !skills.Any(known => known.Label == skill.Label))
                    skills.Add(skill);
            }
        }

        return skills;
    }

    /// <summary>The text of a file that a skill brings along.</summary>
    /// <returns><c>null</c> when there is no such text file in its folder.</returns>
    public static async Task<string?> ReadAsync(SkillFolder skill, string path, CancellationToken ct)
    {
        var known = Files(skill).FirstOrDefault(file => file == path.Replace('\\', '/'));
        return known is null ? null : await ReadTextAsync(new(Path.Combine(skill.Directory, known)), ct);
    }

    /// <summary>The other files of a skill, relative to its folder.</summary>
    public static IEnumerable<string> Files(SkillFolder skill) =>
        FileWalk.Below(new(skill.Directory), place: "", isRecursive: true, CancellationToken.None)
            .OfType<FileInfo>()
            .Where(file => !FileWalk.IsLink(file))
            .Select(file => Path.GetRelativePath(skill.Directory, file.FullName).Replace('\\', '/'))
            .Where(file => !OwnFiles.Contains(file))
            .Take(100);

    IEnumerable<string> Roots(ITurnServices services)
    {
        string? own = null;
        try
        {
            own = services.ResolveProjectPath(".anton/skills");
        }
        catch (HarnessException)
        {
            // A link that leads out of the project: whatever it points at are not this project's skills.
        }

        return new[] { own, options.SkillsRoot }.OfType<string>().Where(Directory.Exists);
    }

    static SkillFolder OfResource(string resource)
    {
        using var reader = new StreamReader(typeof(SkillFolders).Assembly.GetManifestResourceStream(resource)!);
        var (name, description, instructions) = Parse(reader.ReadToEnd());
        return new(resource[Resources.Length..], name!, description!, instructions, "");
    }

    static async Task<SkillFolder?> ReadAsync(string folder, CancellationToken ct)
    {
        var label = Path.GetFileName(folder);
        if (await ReadTextAsync(new(Path.Combine(folder, FileName)), ct) is not { } text)
            return await ReadOldAsync(label, folder, ct);
        var (name, description, instructions) = Parse(text);
        return new(label, name ?? label, description ?? "", instructions, folder);
    }

    /// <summary>A folder as the earlier Anton wrote it. Those that came from the app's own skills are left out: the app has them, perhaps changed since.</summary>
    static async Task<SkillFolder?> ReadOldAsync(string label, string folder, CancellationToken ct)
    {
        if (await ReadTextAsync(new(Path.Combine(folder, OldMetadata)), ct) is not { } json || await ReadTextAsync(new(Path.Combine(folder, OldInstructions)), ct) is not { } instructions)
            return null;
        try
        {
            var old = JsonSerializer.Deserialize(json, OldSkillJson.Default.OldSkill);
            return old is null or { Provenance: "cowork" }
                ? null
                : new(label, old.Name is { Length: > 0 } name ? name : label, old.WhenToUse is { Length: > 0 } use ? use : old.Description ?? "", instructions.Trim(), folder);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static async Task<string?> ReadTextAsync(FileInfo file, CancellationToken ct)
    {
        try
        {
            if (!file.Exists || FileWalk.IsLink(file) || file.Length > MaxFile)
                return null;
            var bytes = await ProjectFiles.ReadAllAsync(file.FullName, ct);
            return TextEncodings.Detect(bytes, isWhole: true)?.Decode(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ToolException)
        {
            return null;
        }
    }

    /// <summary>Front matter that is no YAML is left out; the procedure is still there.</summary>
    static (string? Name, string? Description, string Instructions) Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var end = lines[0].Trim() == "---" ? Array.FindIndex(lines, 1, line => line.Trim() == "---") : -1;
        if (end < 0)
            return (null, null, text.Trim());
        var instructions = string.Join('\n', lines.Skip(end + 1)).Trim();
        try
        {
            var yaml = string.Join('\n', lines[1..end]);
            var fields = yaml.Length <= MaxFrontMatter ? Fields(yaml) : [];
            return (fields.GetValueOrDefault("name"), fields.GetValueOrDefault("description"), instructions);
        }
        catch (YamlException)
        {
            return (null, null, instructions);
        }
    }

    /// <summary>The texts of the outermost mapping. Read event by event: as a tree, a file of nothing but brackets would end the server.</summary>
    static Dictionary<string, string> Fields(string yaml)
    {
        // Inside of the stream, the document and the mapping.
        const int Inside = 3;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var parser = new Parser(new StringReader(yaml));
        var (depth, isKey) = (0, true);
        string? key = null;
        while (parser.MoveNext())
        {
            var e = parser.Current!;
            var isPlain = depth == Inside && e.NestingIncrease == 0;
            depth += e.NestingIncrease;
            if (!isPlain && !(depth == Inside && e.NestingIncrease < 0))
                continue;

            var text = isPlain && e is Scalar scalar ? scalar.Value.Trim() : null;
            if (!isKey && key is not null && text is { Length: > 0 })
                fields.TryAdd(key, text);
            key = isKey ? text : null;
            isKey = !isKey;
        }

        return fields;
    }
}

/// <summary>What the earlier Anton kept about a skill beside its text.</summary>
sealed record OldSkill(string? Name, string? Description, string? WhenToUse, string? Provenance);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OldSkill))]
sealed partial class OldSkillJson : JsonSerializerContext;
