namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>What child processes see of the server's environment: what programs need, and no keys.</summary>
static class ChildEnvironment
{
    static readonly HashSet<string> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
        "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA",
        "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "COMMONPROGRAMFILES", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
    };

    static readonly string[] AllowedPrefixes = ["LC_", "XDG_"];

    // Where packages come from. May name a password, so cells do not get it.
    static readonly string[] InstallerPrefixes = ["PIP_", "UV_"];

    public static Dictionary<string, string> ForCells(IReadOnlyDictionary<string, string> variables) => new(Select(variables, AllowedPrefixes))
    {
        ["PYTHONUTF8"] = "1",
        ["PYTHONIOENCODING"] = "utf-8:backslashreplace",
        ["MPLBACKEND"] = "Agg",
    };

    public static Dictionary<string, string> ForInstaller(IReadOnlyDictionary<string, string> variables) => new(Select(variables, [.. AllowedPrefixes, .. InstallerPrefixes]))
    {
        ["PYTHONUTF8"] = "1",
        ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1",
        ["PIP_NO_INPUT"] = "1",
    };

    static IEnumerable<KeyValuePair<string, string>> Select(IReadOnlyDictionary<string, string> variables, string[] prefixes) =>
        variables.Where(variable => Allowed.Contains(variable.Key) || Array.Exists(prefixes, prefix => variable.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));
}
