using System.Reflection;
using System.Text.RegularExpressions;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>A file of the repository.</summary>
/// <param name="Path">Relative to the repository, with slashes.</param>
/// <param name="Text">Its content.</param>
sealed partial record SourceFile(string Path, string Text)
{
    static readonly string Root = Metadata("RepositoryRoot");
    static readonly string[] Code = ["src", "plugins", "modules", "samples", "tests", "bench", "templates"];

    /// <summary>All C# files that people wrote.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = Find("*.cs");

    /// <summary>All projects.</summary>
    public static IReadOnlyList<SourceFile> Projects { get; } = Find("*.csproj");

    public static SourceFile Read(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Root, path)));

    public static string Metadata(string key) =>
        typeof(SourceFile).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    public bool IsIn(params ReadOnlySpan<string> folders)
    {
        foreach (var folder in folders)
            if (Path.StartsWith($"{folder}/", StringComparison.Ordinal))
                return true;
        return false;
    }

    /// <summary>Names that say nothing about what a type is for.</summary>
    public IEnumerable<string> EmptyNames() =>
        from name in Declaration().Matches(Text).Select(m => m.Groups["name"].Value)
        where name.EndsWith("Manager", StringComparison.Ordinal) || EmptyWord().IsMatch(name)
        select $"{Path}: {name} says nothing about what it is for.";

    public IEnumerable<string> TooLong(int limit)
    {
        var lines = Text.AsSpan().Count('\n');
        return lines > limit ? [$"{Path} has {lines} lines; split it, or list it with the reason."] : [];
    }

    /// <summary>Places that write a field of a server-sent event.</summary>
    public IEnumerable<string> WritesEvents() =>
        from match in EventField().Matches(Text) select $"{Path} writes {match.Value}";

    static IReadOnlyList<SourceFile> Find(string pattern) =>
    [
        .. Code.Select(folder => System.IO.Path.Combine(Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            .Select(file => System.IO.Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(Read),
    ];

    [GeneratedRegex(@"^\s*(?:[a-z]+ )*(?:class|struct|interface|enum|record(?: class| struct)?) (?<name>[A-Z]\w*)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Declaration();

    [GeneratedRegex("(Helper|Util|Utility|Utilitie)s?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EmptyWord();

    [GeneratedRegex(@"Write(Async|Line)?\(\$?""(\\n)*(event|data|id): ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EventField();
}
