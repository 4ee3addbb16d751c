namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>
/// Tells whether git can be trusted to only read. Its configuration names programs that run when something is shown (filters, text
/// conversion, monitors), and a repository that came in an archive brings its own.
/// </summary>
static class GitRepository
{
    const int MaxConfig = 64 * 1024;
    static readonly string[] Sections = ["core", "remote", "branch", "user", "init", "pull", "push", "color", "gui"];
    static readonly string[] CoreKeys = ["repositoryformatversion", "filemode", "bare", "logallrefupdates", "ignorecase", "precomposeunicode", "symlinks", "autocrlf", "eol"];

    /// <summary>Whether the repository of a folder lies in the project and configures nothing but names and places.</summary>
    public static bool IsPlain(string folder, string project)
    {
        for (var at = new DirectoryInfo(folder); at is not null && at.FullName.StartsWith(project, StringComparison.Ordinal); at = at.Parent)
        {
            var git = new DirectoryInfo(Path.Combine(at.FullName, ".git"));
            // A file of this name points at another place.
            if (File.Exists(git.FullName))
                return false;
            if (git.Exists)
                return git.LinkTarget is null && !File.Exists(Path.Combine(at.FullName, ".gitmodules")) && HasPlainConfig(new(Path.Combine(git.FullName, "config")));
        }

        return false;
    }

    static bool HasPlainConfig(FileInfo config)
    {
        if (!config.Exists || config.LinkTarget is not null || config.Length > MaxConfig || File.Exists(Path.Combine(config.DirectoryName!, "config.worktree")))
            return false;
        var section = "";
        foreach (var raw in File.ReadLines(config.FullName))
        {
            var line = raw.Trim();
            if (line.StartsWith('[') && line.EndsWith(']'))
                section = line[1..^1].Split(' ', '"')[0].ToLowerInvariant();
            else if (line.Length > 0 && line[0] is not ('#' or ';') && !IsName(section, line))
                return false;
        }

        return true;
    }

    static bool IsName(string section, string line) =>
        !line.StartsWith('[') && !line.EndsWith('\\') && (section == "core"
            ? CoreKeys.Contains(line.Split('=')[0].Trim().ToLowerInvariant())
            : Sections.Contains(section));
}
