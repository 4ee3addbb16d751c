using System.Text.RegularExpressions;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools.Files;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>Decides which command lines run at once and, of the others, what kind of leave they need.</summary>
static partial class CommandPolicy
{
    /// <summary>Whether a command line only reads, and only in the project.</summary>
    public static bool IsHarmless(string line, string folder, ToolContext context) =>
        // Windows has its own shell with its own traps; there only files are read without asking, by the file tools.
        !OperatingSystem.IsWindows()
        && ShellWords.Parse(line) is { } programs
        && programs.All(program => HarmlessPrograms.Contains(program) && program.Skip(1).All(word => IsInside(word, folder, context)) && !ReadsPrivate(program, folder, context))
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
            // git names files of a commit as COMMIT:FILE.
            if (!word.HasWildcard)
                return !IsPrivate(text) && !IsPrivate(text[(text.LastIndexOf(':') + 1)..]);

            // Only names in one folder; of a link among them nobody knows where it leads.
            var parent = Path.GetDirectoryName(text) ?? "";
            var resolved = context.Services.ResolveProjectPath(Path.Combine(folder, parent));
            return !parent.AsSpan().ContainsAny("*?[")
                && (!Directory.Exists(resolved) || new DirectoryInfo(resolved).EnumerateFileSystemInfos().All(entry => entry.LinkTarget is null && !IsPrivate(entry.FullName)));
        }
        catch (HarnessException)
        {
            return false;
        }

        bool IsPrivate(string path) => ProjectFiles.IsPrivate(ProjectFiles.Place(context, context.Services.ResolveProjectPath(Path.Combine(folder, path))));
    }

    /// <summary>Whether a program searches whole folders and may come by what no tool reads. Which of its words are folders only grep knows, so where it runs counts too.</summary>
    static bool ReadsPrivate(IReadOnlyList<ShellWord> program, string folder, ToolContext context)
    {
        if (program[0].Text != "grep" || !program.Any(word => IsRecursive(word.Text)))
            return false;
        var roots = program.Skip(1).Where(word => !word.Text.StartsWith('-')).Select(word => Path.Combine(folder, word.Text)).Where(Directory.Exists).Append(folder).ToList();
        return roots.Any(root => ProjectFiles.IsOwn(ProjectFiles.Place(context, root)))
            || (!program.Any(word => word.Text == "--exclude-dir=.anton") && roots.Any(ProjectFiles.HoldsOwn));
    }

    static bool IsRecursive(string option) => option == "--recursive" || (option.StartsWith('-') && !option.StartsWith("--", StringComparison.Ordinal) && option.Contains('r', StringComparison.Ordinal));

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
