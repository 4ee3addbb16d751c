using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>
/// Finds a Python that really runs: the one that Settings or <c>COWORK_PYTHON</c> name, one that uv knows, one of the system. Looks once; while
/// there is none, again a minute later at the earliest. Where there is none but uv, that fetches one meanwhile, which nobody waits for.
/// </summary>
sealed partial class PythonFinder(ScratchpadOptions options, AntonSettings settings, ILogger<PythonFinder> logger) : IDisposable
{
    const string Probe = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
    static readonly Version Oldest = new(3, 9);
    static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(10);
    static readonly TimeSpan FetchLimit = TimeSpan.FromMinutes(5);
    static readonly TimeSpan NextLook = TimeSpan.FromMinutes(1);
    static readonly TimeSpan NextFetch = TimeSpan.FromHours(1);
    readonly Lock _gate = new();
    readonly CancellationTokenSource _closed = new();
    Task<Interpreter?>? _found;
    string? _lookedFor;
    long _lookedAt;
    Task? _fetching;
    long _fetchedAt;

    /// <summary>Where uv is, or <c>null</c>.</summary>
    public string? Uv => OnPath("uv").Concat(UsualPlacesOfUv()).FirstOrDefault(File.Exists);

    /// <summary>Whether uv is at work.</summary>
    public bool IsFetching => _fetching is { IsCompleted: false };

    /// <summary>The Python that was named and cannot be used; <c>null</c> when all is well.</summary>
    public string? Unusable { get; private set; }

    string? Named => settings.Python is { Length: > 0 } chosen ? chosen : options.Variables.GetValueOrDefault("COWORK_PYTHON") is { Length: > 0 } variable ? variable : null;

    /// <summary>What this machine has; at most some seconds.</summary>
    public Task<Interpreter?> FindAsync()
    {
        lock (_gate)
        {
            var isMissing = _found is { IsCompletedSuccessfully: true } && _found.GetAwaiter().GetResult() is null && options.Clock.GetElapsedTime(_lookedAt) > NextLook;
            if (_found is null or { IsFaulted: true } || isMissing || Named != _lookedFor)
            {
                // Not stopped with the turn that asked first: others wait for the same answer.
                _lookedAt = options.Clock.GetTimestamp();
                _lookedFor = Named;
                _found = Task.Run(() => LookAsync(_lookedFor));
            }

            return _found;
        }
    }

    public void Dispose() => _closed.Cancel();

    async Task<Interpreter?> LookAsync(string? named)
    {
        if (named is not null && await TryAsync(named) is { } chosen)
            return Chosen(chosen, unusable: null);
        if (named is not null)
            PythonUnusable(logger, named);
        return Chosen(await AskUvAsync([]) ?? await AskSystemAsync(), unusable: named);
    }

    Interpreter? Chosen(Interpreter? found, string? unusable)
    {
        Unusable = unusable;
        if (found is null)
            Fetch();
        return found;
    }

    async Task<Interpreter?> AskSystemAsync()
    {
        foreach (var path in ((string[])["python3", "python"]).SelectMany(OnPath).Concat(UsualPlacesOfPython()).Where(File.Exists))
            if (!await IsStubAsync(path) && await TryAsync(path) is { } found)
                return found;
        foreach (var launcher in OnPath("py").Where(File.Exists))
            if (await TryAsync(launcher, "-3") is { } found)
                return found;
        return null;
    }

    /// <summary>Without the developer tools this file of macOS is no Python, but a window that offers to install them.</summary>
    async Task<bool> IsStubAsync(string path) =>
        OperatingSystem.IsMacOS() && path == "/usr/bin/python3" && !(await RunAsync("/usr/bin/xcode-select", ["-p"], ProbeLimit)).IsGood;

    /// <summary>Begins to fetch a Python, unless that was tried lately.</summary>
    void Fetch()
    {
        lock (_gate)
        {
            if (IsFetching || (_fetching is not null && options.Clock.GetElapsedTime(_fetchedAt) < NextFetch))
                return;
            if (Uv is not { } uv)
            {
                NoPythonFound(logger, Oldest.ToString());
                return;
            }

            _fetchedAt = options.Clock.GetTimestamp();
            _fetching = Task.Run(() => FetchAsync(uv));
        }
    }

    async Task FetchAsync(string uv)
    {
        PythonWasMissing(logger);
        await RunAsync(uv, ["python", "install", "3.12"], FetchLimit);
        if (await AskUvAsync(["3.12"]) is not { } fetched)
        {
            NoPythonFound(logger, Oldest.ToString());
            return;
        }

        lock (_gate)
            _found = Task.FromResult<Interpreter?>(fetched);
    }

    async Task<Interpreter?> TryAsync(string file, params string[] arguments)
    {
        // The stub of the Windows store and broken links have the right name too, so only an answer counts.
        var lines = LinesOf(await RunAsync(file, [.. arguments, "-c", Probe], ProbeLimit));
        if (lines.Length < 2 || !Version.TryParse(lines[0], out var version) || version < Oldest || !File.Exists(lines[1]))
            return null;
        PythonFound(logger, lines[0], lines[1]);
        return new(lines[1], lines[0]);
    }

    async Task<Interpreter?> AskUvAsync(string[] version) =>
        Uv is { } uv && LinesOf(await RunAsync(uv, ["python", "find", .. version], ProbeLimit)) is [.., var path] ? await TryAsync(path) : null;

    static string[] LinesOf(CommandEnd end) => end.IsGood ? end.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];

    Task<CommandEnd> RunAsync(string file, IReadOnlyList<string> arguments, TimeSpan limit) => ChildCommand.RunAsync(
        new(file, arguments, Path.GetTempPath(), PythonEnvironment.ForInstaller(options.Variables)), limit, options.Clock, line: null, _closed.Token);

    IEnumerable<string> OnPath(string name)
    {
        var file = OperatingSystem.IsWindows() ? $"{name}.exe" : name;
        return options.Variables.GetValueOrDefault("PATH", "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(folder => Path.Combine(folder, file));
    }

    IEnumerable<string> UsualPlacesOfUv()
    {
        var file = OperatingSystem.IsWindows() ? "uv.exe" : "uv";
        var home = options.Variables.GetValueOrDefault(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME", "");
        return home.Length == 0 ? OfHomebrew("uv") : [Path.Combine(home, ".local", "bin", file), Path.Combine(home, ".cargo", "bin", file), .. OfHomebrew("uv")];
    }

    /// <summary>A program that is started from the Finder of macOS has none of these on its path.</summary>
    static IEnumerable<string> UsualPlacesOfPython() => OfHomebrew("python3");

    static string[] OfHomebrew(string name) => OperatingSystem.IsMacOS() ? [$"/opt/homebrew/bin/{name}", $"/usr/local/bin/{name}"] : [];

    [LoggerMessage(1, LogLevel.Information, "Python {Version} was found at {Path}.")]
    static partial void PythonFound(ILogger logger, string version, string path);

    [LoggerMessage(2, LogLevel.Information, "No Python was found, so uv was asked to fetch one.")]
    static partial void PythonWasMissing(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "No Python {Oldest} or newer was found, so scratchpads are not offered. Install one, or name it in Settings.")]
    static partial void NoPythonFound(ILogger logger, string oldest);

    [LoggerMessage(4, LogLevel.Warning, "{Path} was named as the Python to use, but is none of version 3.9 or newer; another one is looked for.")]
    static partial void PythonUnusable(ILogger logger, string path);
}

/// <summary>A Python.</summary>
/// <param name="Path">Its executable.</param>
/// <param name="Version">Major and minor.</param>
sealed record Interpreter(string Path, string Version);
