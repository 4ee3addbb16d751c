using System.Text.RegularExpressions;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>Decides which command lines run at once and, of the others, what kind of leave they need.</summary>
static partial class CommandPolicy
{
    /// <summary>Whether a command line only reads, and only in the project.</summary>
    public static bool IsHarmless(string line, string folder, ToolContext context) =>
        // Windows has its own shell with its own traps; there only files are read without asking, by the file tools.
        !OperatingSystem.IsWindows()
        && ShellWords.Parse(line) is { } programs
        && programs.All(program => HarmlessPrograms.Contains(program) && program.Skip(1).All(word => IsInside(word, folder, context)))
        && (programs.All(program => program[0].Text != "git" || program[1].Text == "--version") || GitRepository.IsPlain(folder, context.Project.Directory));

    /// <summary>The kind of leave: sending data away is more than running a program.</summary>
    public static string ActionOf(string line) => Sends().IsMatch(line) ? "network_post" : "run_command";

    /// <summary>Whether a word, if it names files, names some of the project. What is no path at all passes the same way.</summary>
    static bool IsInside(ShellWord word, string folder, ToolContext context)
    {
        var text = word.Text.StartsWith('-') && word.Text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals ? word.Text[(equals + 1)..] : word.Text;
        if (text.Length == 0)
            return true;
        if (text[0] is '/' or '~' || text.Split('/').Contains(".."))
            return false;
        try
        {
            if (!word.HasWildcard)
            {
                context.Services.ResolveProjectPath(Path.Combine(folder, text));
                return true;
            }

            // Only names in one folder; of a link among them nobody knows where it leads.
            var parent = Path.GetDirectoryName(text) ?? "";
            var resolved = context.Services.ResolveProjectPath(Path.Combine(folder, parent));
            return !parent.AsSpan().ContainsAny("*?[") && (!Directory.Exists(resolved) || new DirectoryInfo(resolved).EnumerateFileSystemInfos().All(entry => entry.LinkTarget is null));
        }
        catch (HarnessException)
        {
            return false;
        }
    }

    [GeneratedRegex("""
        \b(scp|sftp|ssh|rsync|nc|ncat|netcat|telnet|ftp|socat|sendmail|mail|rclone)\b
        | \bgit\b.*\bpush\b
        | \b(npm|yarn|pnpm|cargo|twine|gem|docker|dotnet)\b.*\b(publish|push|upload)\b
        | \bgh\b
        | \bcurl\b.*\s(-[a-zA-Z]*[dFT]|--data|--form|--json|--upload-file|-X\s*["']?(POST|PUT|PATCH|DELETE)|--request[\s=]+["']?(POST|PUT|PATCH|DELETE))
        | \bwget\b.*\s--(post|body|method)
        | \bhttps?\s+(POST|PUT|PATCH|DELETE)\b
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Sends();
}
