using System.Globalization;

namespace Cowork.Harness.Anton.Memory;

/// <summary>Adds lines to the memory files. Whatever stands in a file stays, byte for byte: people write in them too.</summary>
static class MemoryText
{
    const string NewRules = "# Rules\n\n## Always\n\n## Never\n\n## When\n";

    /// <summary>Rules with one more.</summary>
    /// <param name="old">The file's text; empty for a new one.</param>
    /// <param name="section"><c>Always</c>, <c>Never</c> or <c>When</c>.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="day">Today.</param>
    /// <returns>The new text, or <c>null</c> when the section has the rule already.</returns>
    /// <exception cref="FormatException">The end of the file is inside a comment or a code block.</exception>
    public static string? WithRule(string old, string section, string rule, DateOnly day)
    {
        var text = string.IsNullOrWhiteSpace(old) ? old + NewRules : old;
        var lines = MemoryLine.Of(text);
        var first = lines.FindIndex(line => line.IsHeading(section));
        var line = $"- {OneLine(rule)} <!-- confidence:high source:user ts:{Day(day)} -->";
        if (first < 0)
            return Append(text, $"{NewLine(text)}## {section}{NewLine(text)}{line}");
        var end = lines.FindIndex(first + 1, at => at.Level is 1 or 2);
        var body = lines[(first + 1)..(end < 0 ? lines.Count : end)];
        if (body.Any(at => at.Bullet == OneLine(rule)))
            return null;
        var last = body.FindLastIndex(at => at.Bullet is not null);
        // Behind the last bullet with the lines that belong to it; without bullets behind everything in the section.
        last = last < 0 ? body.FindLastIndex(at => !at.IsBlank) : EndOfBullet(body, last);
        return InsertAfter(text, lines[first + 1 + last], line);
    }

    /// <summary>Lessons with one more at the end.</summary>
    /// <param name="old">The file's text; empty for a new one.</param>
    /// <param name="heading">First line of a new file.</param>
    /// <param name="lesson">The lesson.</param>
    /// <param name="topic">What it is about; may be <c>null</c>.</param>
    /// <param name="day">Today.</param>
    /// <returns>The new text, or <c>null</c> when the file has the lesson already.</returns>
    /// <exception cref="FormatException">The end of the file is inside a comment or a code block.</exception>
    public static string? WithLesson(string old, string heading, string lesson, string? topic, DateOnly day)
    {
        var text = string.IsNullOrWhiteSpace(old) ? $"{old}{heading}\n" : old;
        if (MemoryLine.Of(text).Any(line => line.Bullet == OneLine(lesson)))
            return null;
        var tag = Slug(topic) is { Length: > 0 } slug ? $"topic:{slug} " : "";
        return Append(text, $"- {OneLine(lesson)} <!-- {tag}ts:{Day(day)} -->");
    }

    /// <summary>The profile with one more fact, behind an older one with the same key.</summary>
    /// <returns>The new text, or <c>null</c> when it is known already.</returns>
    /// <exception cref="FormatException">The end of the file is inside a comment or a code block.</exception>
    public static string? WithFact(string old, string fact)
    {
        var text = string.IsNullOrWhiteSpace(old) ? $"{old}# Profile\n\n" : old;
        var lines = MemoryLine.Of(text);
        var key = Key(OneLine(fact));
        var older = lines.FindLastIndex(line => line.Bullet is { } bullet && key is not null && Key(bullet) == key);
        // Only as the newest one does a fact count: an older one of the same words may have been replaced since.
        var isKnown = key is null ? lines.Any(line => line.Bullet == OneLine(fact)) : older >= 0 && lines[older].Bullet == OneLine(fact);
        return isKnown ? null : older >= 0 ? InsertAfter(text, lines[EndOfBullet(lines, older)], $"- {OneLine(fact)}") : Append(text, $"- {OneLine(fact)}");
    }

    /// <summary>Of facts with the same key only the last.</summary>
    public static IReadOnlyList<string> NewestFacts(IEnumerable<string> bullets) =>
        [.. bullets.Reverse().DistinctBy(bullet => Key(bullet[2..]) ?? bullet).Reverse()];

    /// <summary>On one line, and without what would begin or end the machine's remark.</summary>
    public static string OneLine(string text)
    {
        while (text.Contains("<!--", StringComparison.Ordinal) || text.Contains("-->", StringComparison.Ordinal))
            text = text.Replace("<!--", " ", StringComparison.Ordinal).Replace("-->", " ", StringComparison.Ordinal);
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The last line that belongs to a bullet: its text may go on, and a comment or a code block may begin in it.</summary>
    static int EndOfBullet(List<MemoryLine> lines, int bullet)
    {
        while (bullet + 1 < lines.Count && (lines[bullet + 1].IsHidden || lines[bullet + 1] is { IsBlank: false, Bullet: null, Level: 0 }))
            bullet++;
        return bullet;
    }

    static string? Key(string fact) => fact.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? fact[..colon].Trim().ToLowerInvariant() : null;

    static string Slug(string? topic) =>
        string.Join('-', string.Concat((topic ?? "").ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string Append(string text, string line) => $"{text}{(text.EndsWith('\n') ? "" : NewLine(text))}{line}{NewLine(text)}";

    static string InsertAfter(string text, MemoryLine at, string line) =>
        at.HasNewline ? text.Insert(at.End, line + NewLine(text)) : $"{text}{NewLine(text)}{line}{NewLine(text)}";

    static string NewLine(string text) => text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
}
