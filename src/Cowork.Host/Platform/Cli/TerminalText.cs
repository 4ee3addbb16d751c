namespace Cowork.Host.Platform.Cli;

/// <summary>
/// Text of models, tools and plugins, made harmless for a terminal: control characters could move the cursor, change the title or fake
/// what the program says. A pipe gets it as it is.
/// </summary>
static class TerminalText
{
    const int LongestActivity = 100;

    public static string ForOutput(string text) => Console.IsOutputRedirected ? text : WithoutControls(text);

    public static string ForError(string text) => Console.IsErrorRedirected ? text : WithoutControls(text);

    /// <summary>Tool activity goes to stderr, one short line each, grey in a terminal, so that a pipe gets the answer alone.</summary>
    public static void WriteActivity(string text)
    {
        var line = $"· {FirstLine(text)}";
        Console.Error.WriteLine(Console.IsErrorRedirected ? line : $"\e[2m{WithoutControls(line)}\e[0m");
    }

    internal static string FirstLine(string text)
    {
        var line = text.AsSpan().TrimStart();
        var end = line.IndexOfAny('\r', '\n');
        var first = end < 0 ? line : line[..end];
        if (first.Length > LongestActivity)
            first = first[..(char.IsHighSurrogate(first[LongestActivity - 1]) ? LongestActivity - 1 : LongestActivity)];
        return first.Length == line.Length ? first.ToString() : $"{first}…";
    }

    /// <summary>Line ends and tabs stay.</summary>
    internal static string WithoutControls(string text) =>
        text.Any(IsControl) ? string.Concat(text.Where(c => !IsControl(c))) : text;

    static bool IsControl(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
