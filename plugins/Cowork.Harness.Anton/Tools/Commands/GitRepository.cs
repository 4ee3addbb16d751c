using System.Text.RegularExpressions;
using Cowork.Harness.Anton.Tools.Files;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>
/// Tells whether git can be trusted to only read. Its configuration names programs that run when something is shown (filters, text
/// conversion, monitors, fetching of what is missing), and a repository that came in an archive brings its own.
/// </summary>
static partial class GitRepository
{
    const int MaxConfig = 64 * 1024;

    // What git itself and common programs write, allowed one by one: of a key that is not known here nobody knows what it runs.
    static readonly Dictionary<string, string[]> Keys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["core"] = ["repositoryformatversion", "filemode", "bare", "logallrefupdates", "ignorecase", "precomposeunicode", "symlinks", "autocrlf", "eol"],
        ["remote"] = ["url", "fetch", "pushurl", "tagopt"],
        ["branch"] = ["remote", "merge", "rebase", "pushremote", "description", "vscode-merge-base"],
        ["user"] = ["name", "email"],
        ["init"] = ["defaultbranch"],
        ["pull"] = ["rebase", "ff"],
        ["push"] = ["default", "autosetupremote"],
        ["color"] = ["ui"],
    };

    // Files that name another place: of the configuration, and of objects.
    static readonly string[] Elsewhere = ["commondir", "config.worktree", "objects/info/alternates"];
    static readonly string[] Parts = ["", "objects", "refs"];

    /// <summary>Whether the repository of a folder lies in the project, all of it, and configures nothing but names and places.</summary>
    public static bool IsPlain(string folder, string project)
    {
        for (var at = new DirectoryInfo(folder); at is not null && at.FullName.StartsWith(project, StringComparison.Ordinal); at = at.Parent)
        {
            var git = new DirectoryInfo(Path.Combine(at.FullName, ".git"));
            // A file of this name points at another place.
            if (File.Exists(git.FullName))
                return false;
            if (git.Exists)
                return !File.Exists(Path.Combine(at.FullName, ".gitmodules")) && StandsAlone(git) && HasPlainConfig(new(Path.Combine(git.FullName, "config")));
        }

        return false;
    }

    /// <summary>Whether no link and no file leads git to the objects or the configuration of another place.</summary>
    static bool StandsAlone(DirectoryInfo git) =>
        git.LinkTarget is null
        && !Elsewhere.Any(file => File.Exists(Path.Combine(git.FullName, file)))
        && !Parts
            .Select(folder => new DirectoryInfo(Path.Combine(git.FullName, folder)))
            .Any(folder => !folder.Exists || folder.EnumerateFileSystemInfos().Any(entry => entry.LinkTarget is not null));

    static bool HasPlainConfig(FileInfo config)
    {
        if (!config.Exists || config.Length > MaxConfig)
            return false;
        string[] allowed = [];
        using var lines = new StreamReader(ProjectFiles.OpenRead(config.FullName));
        while (lines.ReadLine()?.Trim() is { } line)
        {
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            if (Header().Match(line) is { Success: true } header)
            {
                if (!Keys.TryGetValue(header.Groups["section"].Value, out allowed!))
                    return false;
            }
            else if (line[0] == '[' || line[^1] == '\\' || !allowed.Contains(line.Split('=')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A line that is the beginning of a section and nothing else; git would read a key behind it.</summary>
    [GeneratedRegex("""^\[(?<section>[A-Za-z]+)( "[^"\\\]]*")?\]$""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Header();
}
