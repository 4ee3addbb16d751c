using System.Collections;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>The environment of every child process: what programs need to run, and nothing that a key may hide in.</summary>
static class ChildEnvironment
{
    static readonly HashSet<string> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        // Who and where.
        "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP",
        // Windows does not start programs without these.
        "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA",
        "ProgramData", "ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles", "PUBLIC", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS",
        // Which certificates are trusted.
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "PIP_CERT",
        // Where tool chains live.
        "JAVA_HOME", "DOTNET_ROOT", "GOPATH", "GOROOT", "CARGO_HOME", "RUSTUP_HOME", "PYENV_ROOT", "NVM_DIR", "HOMEBREW_PREFIX", "CONDA_PREFIX", "VIRTUAL_ENV",
    };

    static readonly string[] Proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

    static readonly (string Name, string Value)[] Fixed =
    [
        ("PYTHONUTF8", "1"), ("PYTHONIOENCODING", "utf-8"), ("TERM", "dumb"), ("NO_COLOR", "1"),
        // Nobody is there to page through a text or to type a password.
        ("PAGER", "cat"), ("GIT_PAGER", "cat"), ("GIT_TERMINAL_PROMPT", "0"), ("DEBIAN_FRONTEND", "noninteractive"),
        // Windows would look for programs in the project first.
        ("NoDefaultCurrentDirectoryInExePath", "1"),
    ];

    /// <summary>The environment of a child of this process.</summary>
    public static Dictionary<string, string> Create() =>
        From(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => ((string)entry.Key, (string?)entry.Value ?? "")));

    /// <summary>What remains of an environment.</summary>
    public static Dictionary<string, string> From(IEnumerable<(string Name, string Value)> own)
    {
        var kept = new Dictionary<string, string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var (name, value) in own)
        {
            if (name.Equals("PATH", StringComparison.OrdinalIgnoreCase))
                kept[name] = WithoutRelative(value);
            else if (IsAllowed(name, value))
                kept[name] = value;
        }

        foreach (var (name, value) in Fixed)
            kept[name] = value;
        if (!kept.ContainsKey("LANG") && !OperatingSystem.IsWindows())
            kept["LANG"] = "C.UTF-8";
        return kept;
    }

    static bool IsAllowed(string name, string value) =>
        Allowed.Contains(name)
        || name.StartsWith("LC_", StringComparison.Ordinal)
        || name.StartsWith("XDG_", StringComparison.Ordinal)
        // The address of a proxy may carry a password.
        || (Proxies.Contains(name, StringComparer.OrdinalIgnoreCase) && !value.Contains('@', StringComparison.Ordinal));

    /// <summary>A relative folder would find programs in the project.</summary>
    static string WithoutRelative(string path) =>
        string.Join(Path.PathSeparator, path.Split(Path.PathSeparator).Where(Path.IsPathFullyQualified));
}
