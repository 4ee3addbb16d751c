using System.Text;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>A word of a command line after the shell has taken its quotes away.</summary>
/// <param name="Text">The word.</param>
/// <param name="HasWildcard">Whether the shell puts names of files in its place.</param>
sealed record ShellWord(string Text, bool HasWildcard);

/// <summary>
/// Reads command lines that do nothing but run programs one after the other: words, quotes, <c>|</c> and <c>&amp;&amp;</c>. Everything that a
/// shell understands beyond that makes the line one that is not understood here.
/// </summary>
static class ShellWords
{
    // Redirection, substitution, variables, escapes, groups, jobs, comments, history.
    const string Refused = "<>`$\\;(){}!#\n\r\0";

    /// <summary>The programs with their arguments, or <c>null</c> for a line that is not understood.</summary>
    public static IReadOnlyList<IReadOnlyList<ShellWord>>? Parse(string line)
    {
        var programs = new List<IReadOnlyList<ShellWord>>();
        var words = new List<ShellWord>();
        for (var i = 0; i < line.Length;)
        {
            if (line[i] is ' ' or '\t')
            {
                i++;
            }
            else if (line[i] is '|' or '&')
            {
                var length = line.AsSpan(i).StartsWith("&&") ? 2 : 1;
                // A single & leaves the program behind, || and |& are not for reading.
                if (words.Count == 0 || (length == 1 && (line[i] == '&' || line.AsSpan(i + 1).StartsWith("|") || line.AsSpan(i + 1).StartsWith("&"))))
                    return null;
                programs.Add(words);
                words = [];
                i += length;
            }
            else if (Word(line, ref i) is { } word)
            {
                words.Add(word);
            }
            else
            {
                return null;
            }
        }

        if (words.Count == 0)
            return null;
        programs.Add(words);
        return programs;
    }

    static ShellWord? Word(string line, ref int i)
    {
        var text = new StringBuilder();
        var hasWildcard = false;
        if (line[i] == '~')
            return null;
        for (; i < line.Length && line[i] is not (' ' or '\t' or '|' or '&'); i++)
        {
            var c = line[i];
            if (c is '\'' or '"')
            {
                var end = line.IndexOf(c, i + 1);
                var quoted = end < 0 ? null : line[(i + 1)..end];
                if (quoted is null || (c == '"' ? quoted.AsSpan().ContainsAny("$`\\!\0") : quoted.Contains('\0', StringComparison.Ordinal)))
                    return null;
                text.Append(quoted);
                i = end;
                continue;
            }

            if (Refused.Contains(c, StringComparison.Ordinal))
                return null;
            hasWildcard |= c is '*' or '?' or '[';
            text.Append(c);
        }

        return new(text.ToString(), hasWildcard);
    }
}
