namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>
/// Programs, and of each the options, that only read. Options are allowed one by one: what is not listed may write a file or start another
/// program, and GNU programs take every beginning of a long option for the whole.
/// </summary>
static class HarmlessPrograms
{
    static readonly Dictionary<string, Options> Programs = new(StringComparer.Ordinal)
    {
        ["ls"] = new("aAbBcCdFghHiklmnNopqQrRsStuUvxXZ1", "--all", "--almost-all", "--human-readable", "--recursive", "--reverse", "--size", "--sort"),
        ["cat"] = new("AbeEnsTtuv", "--number"),
        ["head"] = new("cnqv", "--lines", "--bytes"),
        ["tail"] = new("cnqv", "--lines", "--bytes"),
        ["wc"] = new("clmLw", "--lines", "--words", "--bytes", "--chars"),
        ["grep"] = new("ABCEFGHLabcehilmnoqrsvwxyP", "--include", "--exclude", "--exclude-dir", "--ignore-case", "--line-number", "--count", "--context", "--recursive", "--max-count", "--word-regexp", "--invert-match", "--only-matching"),
        ["sort"] = new("bcCdfghiknMrRstuVz", "--reverse", "--unique", "--numeric-sort", "--key", "--field-separator", "--human-numeric-sort"),
        ["uniq"] = new("cdiuD", "--count", "--repeated", "--unique", "--ignore-case"),
        ["cut"] = new("bcdfns", "--delimiter", "--fields", "--characters", "--bytes", "--output-delimiter", "--complement"),
        ["file"] = new("bi", "--brief", "--mime", "--mime-type"),
        ["stat"] = new("cft", "--format", "--printf"),
        ["du"] = new("abcdhkmsS", "--human-readable", "--summarize", "--max-depth", "--apparent-size", "--all", "--total"),
        ["df"] = new("ahHikPT", "--human-readable"),
        ["pwd"] = new("LP"),
        ["echo"] = new("neE"),
        ["which"] = new("a"),
        ["date"] = new("uRI", "--utc", "--date", "--iso-8601"),
        ["find"] = new("", "-name", "-iname", "-path", "-ipath", "-type", "-maxdepth", "-mindepth", "-size", "-mtime", "-mmin", "-newer", "-empty", "-print", "-print0", "-not", "-o", "-a", "-ls"),
    };

    static readonly Dictionary<string, Options> GitCommands = new(StringComparer.Ordinal)
    {
        ["status"] = new("sbu", "--short", "--branch", "--porcelain", "--untracked-files", "--ignored"),
        ["log"] = new("np", "--oneline", "--graph", "--all", "--stat", "--decorate", "--name-only", "--name-status", "--format", "--pretty", "--author", "--since", "--until", "--grep", "--reverse", "--max-count", "--no-merges", "--patch"),
        ["diff"] = new("wb", "--stat", "--cached", "--staged", "--name-only", "--name-status", "--word-diff", "--shortstat"),
        ["show"] = new("sp", "--stat", "--name-only", "--name-status", "--format", "--pretty", "--oneline"),
    };

    static readonly HashSet<string> Versioned = ["python", "python3", "pip", "pip3", "uv", "node", "npm", "git", "dotnet", "java", "go", "cargo", "rustc", "ruby", "perl", "gcc"];

    /// <summary>Whether a program with these arguments only reads.</summary>
    public static bool Contains(IReadOnlyList<ShellWord> words)
    {
        var name = words[0].Text;
        var arguments = words.Skip(1).ToList();
        if (words[0].HasWildcard)
            return false;
        if (arguments is [{ Text: "--version" }] && Versioned.Contains(name))
            return true;
        if (name == "git")
            return arguments is [var command, ..] && GitCommands.TryGetValue(command.Text, out var options) && arguments.Skip(1).All(options.Allow);
        return Programs.TryGetValue(name, out var allowed) && arguments.All(allowed.Allow) && Fits(name, arguments);
    }

    /// <summary>What the arguments that are no options must be, where they could do harm.</summary>
    static bool Fits(string name, List<ShellWord> arguments)
    {
        var operands = arguments.Where(word => !word.Text.StartsWith('-')).ToList();
        return name switch
        {
            // The second one is written to; a wildcard may stand for two.
            "uniq" => operands.Count <= 1 && !operands.Any(word => word.HasWildcard),
            // Anything else sets the clock.
            "date" => operands.All(word => word.Text.StartsWith('+')),
            _ => true,
        };
    }

    /// <param name="shorts">Letters of the short options; values may follow at once.</param>
    /// <param name="longs">The long options, in full.</param>
    sealed class Options(string shorts, params string[] longs)
    {
        public bool Allow(ShellWord word)
        {
            var text = word.Text;
            if (!text.StartsWith('-') || text is "-" or "--")
                return true;
            // A wildcard could become an option of any kind.
            if (word.HasWildcard && !text.Contains('=', StringComparison.Ordinal))
                return false;
            return longs.Contains(text.Split('=')[0])
                || (!text.StartsWith("--", StringComparison.Ordinal) && text.Skip(1).All(c => shorts.Contains(c, StringComparison.Ordinal) || char.IsAsciiDigit(c) || ",.:+=%@_".Contains(c, StringComparison.Ordinal)));
        }
    }
}
