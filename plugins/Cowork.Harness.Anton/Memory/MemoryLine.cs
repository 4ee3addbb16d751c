namespace Cowork.Harness.Anton.Memory;

/// <summary>A line of a memory file as far as it matters where others are added.</summary>
/// <param name="Text">The line without its end.</param>
/// <param name="End">Where the next one begins.</param>
/// <param name="HasNewline">Whether it ends with a newline; the last one may not.</param>
/// <param name="IsHidden">Whether it is inside a comment or a code block.</param>
sealed record MemoryLine(string Text, int End, bool HasNewline, bool IsHidden)
{
    public bool IsBlank => string.IsNullOrWhiteSpace(Text);

    /// <summary>1 for <c># x</c>, 2 for <c>## x</c>, 0 for what is no heading of these.</summary>
    public int Level => IsHidden ? 0 : Text.StartsWith("## ", StringComparison.Ordinal) ? 2 : Text.StartsWith("# ", StringComparison.Ordinal) ? 1 : 0;

    /// <summary>The text of a bullet without the machine's remark, or <c>null</c>.</summary>
    public string? Bullet => !IsHidden && Text.TrimStart().StartsWith("- ", StringComparison.Ordinal) ? MemoryFiles.WithoutComments(Text).Trim()[1..].Trim() : null;

    public bool IsHeading(string name) => Level == 2 && Text[3..].Trim().Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">A comment or a code block never ends: what is added behind it would be part of it.</exception>
    public static List<MemoryLine> Of(string text)
    {
        var lines = new List<MemoryLine>();
        var (isComment, isCode) = (false, false);
        for (var start = 0; start < text.Length;)
        {
            var newline = text.IndexOf('\n', start);
            var end = newline < 0 ? text.Length : newline + 1;
            var line = text[start..end].TrimEnd('\r', '\n').TrimStart('\ufeff');
            var isFence = !isComment && line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            lines.Add(new(line, end, newline >= 0, isComment || isCode || isFence));
            isCode ^= isFence;
            if (!isCode)
                isComment = EndsInComment(line, isComment);
            start = end;
        }

        return isComment || isCode ? throw new FormatException("A comment or a code block has no end.") : lines;
    }

    static bool EndsInComment(string line, bool isComment)
    {
        for (var i = 0; i < line.Length;)
        {
            var next = line.IndexOf(isComment ? "-->" : "<!--", i, StringComparison.Ordinal);
            if (next < 0)
                break;
            i = next + (isComment ? 3 : 4);
            isComment = !isComment;
        }

        return isComment;
    }
}
