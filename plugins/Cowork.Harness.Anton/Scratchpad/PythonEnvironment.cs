using Cowork.Harness.Anton.Tools.Commands;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>The environment of Python: that of every child process, and what Python needs beside it.</summary>
static class PythonEnvironment
{
    // Where packages come from. May name a password, so cells do not get it.
    static readonly string[] InstallerPrefixes = ["PIP_", "UV_"];

    public static Dictionary<string, string> ForCells(IReadOnlyDictionary<string, string> variables) =>
        new(Base(variables))
        {
            // What a cell prints must not fail because of a character that has no encoding.
            ["PYTHONIOENCODING"] = "utf-8:backslashreplace",
            ["MPLBACKEND"] = "Agg",
        };

    public static Dictionary<string, string> ForInstaller(IReadOnlyDictionary<string, string> variables)
    {
        var kept = new Dictionary<string, string>(Base(variables)) { ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1", ["PIP_NO_INPUT"] = "1" };
        foreach (var (name, value) in variables)
            if (Array.Exists(InstallerPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                kept[name] = value;
        return kept;
    }

    static Dictionary<string, string> Base(IReadOnlyDictionary<string, string> variables) => ChildEnvironment.From(variables.Select(variable => (variable.Key, variable.Value)));
}
