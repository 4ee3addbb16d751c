using System.Text;
using System.Text.RegularExpressions;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>A pattern for paths: <c>*</c>, <c>**</c>, <c>?</c>, <c>[abc]</c> and <c>{a,b}</c>. Without a <c>/</c> it is for names in any folder.</summary>
sealed class Glob
{
    readonly Regex _regex;
    readonly bool _isForNames;

    /// <exception cref="ToolException">The pattern makes no sense.</exception>
    public Glob(string pattern)
    {
        _isForNames = !pattern.Contains('/', StringComparison.Ordinal);
        try
        {
            _regex = new($"^{Translate(pattern)}$", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ToolException($"“{pattern}” is no pattern for files. Write for example *.csv or src/**/*.cs.");
        }
    }

    /// <param name="path">A path with <c>/</c>.</param>
    public bool IsMatch(string path) => _regex.IsMatch(_isForNames ? path[(path.LastIndexOf('/') + 1)..] : path);

    static string Translate(string pattern)
    {
        var regex = new StringBuilder();
        var depth = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (rest.StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (rest.StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else
            {
                regex.Append(pattern[i] switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    '[' when rest.Length > 2 && rest[2..].Contains(']') => Set(pattern, ref i),
                    '{' => depth++ >= 0 ? "(?:" : "",
                    '}' when depth > 0 => depth-- > 0 ? ")" : "",
                    ',' when depth > 0 => "|",
                    var c => Regex.Escape(c.ToString()),
                });
            }
        }

        return regex.ToString();
    }

    static string Set(string pattern, ref int i)
    {
        var end = pattern.IndexOf(']', i + 2);
        var content = pattern[(i + 1)..end];
        i = end;
        var isNegated = content[0] is '!' or '^';
        return $"[{(isNegated ? "^" : "")}{(isNegated ? content[1..] : content).Replace("\\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal)}]";
    }
}
