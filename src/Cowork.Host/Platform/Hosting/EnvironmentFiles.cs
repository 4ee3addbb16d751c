using System.Collections;
using System.Text;
using Cowork.Abstractions;

namespace Cowork.Host.Platform.Hosting;

/// <summary>
/// Looks up variables in the process environment, then in a <c>.env</c> of the working directory, then in
/// <c>~/.anton/.env</c>: the order in which the reference read them.
/// </summary>
static class EnvironmentFiles
{
    public static Func<string, string?> Lookup(string home, string workingDirectory)
    {
        var files = Files(home, workingDirectory);
        return name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } set
            ? set
            : files.Select(f => f.GetValueOrDefault(name)).FirstOrDefault(v => !string.IsNullOrEmpty(v));
    }

    /// <summary>What looks like a key or a password, in the process environment and in the files.</summary>
    public static IReadOnlyList<Secret> Secrets(string home, string workingDirectory)
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? ""));
        return [.. Secrets(Files(home, workingDirectory).Aggregate(variables, (all, file) => all.Concat(file)))];
    }

    /// <summary>By their names; not where the value is a path or an address, which would be masked wherever it is spoken of.</summary>
    public static IEnumerable<Secret> Secrets(IEnumerable<KeyValuePair<string, string>> variables) =>
        variables
            .Where(v => SecretEndings.Any(ending => v.Key.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            .Where(v => v.Value.Length >= ShortestSecret && !Path.IsPathRooted(v.Value) && !v.Value.Contains("://", StringComparison.Ordinal))
            .Select(v => new Secret(v.Value)).Distinct();

    const int ShortestSecret = 8;
    static readonly string[] SecretEndings = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "CREDENTIALS"];

    static Dictionary<string, string>[] Files(string home, string workingDirectory) =>
        [.. new[] { Path.Combine(workingDirectory, ".env"), Path.Combine(home, ".anton", ".env") }.Select(ReadQuietly)];

    /// <summary>Plugins read these from the process alone.</summary>
    static readonly string[] OfPlugins = ["ANTON_GLOBAL_MEMORY_ROOT_DIR", "ANTON_SKILLS_ROOT_DIR", "HERMES_ROOT_DIR", "HERMES_HOME"];

    /// <summary>Puts the folders that plugins look up into the process where only a file names them; never a key.</summary>
    public static void ShowFoldersToPlugins(Func<string, string?> lookup)
    {
        foreach (var name in OfPlugins)
            if (lookup(name) is { } value)
                Environment.SetEnvironmentVariable(name, value);
    }

    /// <summary>Parses <c>KEY=VALUE</c> lines: blank lines, <c>#</c> lines and lines without <c>=</c> are skipped, quotes around a value dropped, the last duplicate wins.</summary>
    public static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>();
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            var equals = line.IndexOf('=');
            if (line.IsEmpty || line[0] == '#' || equals <= 0)
                continue;
            var value = line[(equals + 1)..].Trim();
            if (value.Length >= 2 && value[0] == value[^1] && (value[0] == '"' || value[0] == '\''))
                value = value[1..^1];
            values[line[..equals].Trim().ToString()] = value.ToString();
        }

        return values;
    }

    /// <summary>Writes what <see cref="Parse"/> reads; quotes only where a value would not come back without them.</summary>
    public static string Format(IReadOnlyDictionary<string, string> values)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in values)
            text.Append(key).Append('=').Append(Parse($"{key}={value}").GetValueOrDefault(key) == value ? value : $"\"{value}\"").Append('\n');
        return text.ToString();
    }

    /// <summary>The values of a file; none when it is not there or cannot be read.</summary>
    public static Dictionary<string, string> ReadQuietly(string path)
    {
        try
        {
            return File.Exists(path) ? Parse(File.ReadAllText(path)) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
