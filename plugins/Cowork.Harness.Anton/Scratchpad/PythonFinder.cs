using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>
/// Finds a Python that really runs: the one that <c>COWORK_PYTHON</c> names, one that uv knows, one of the system, and at last one that uv
/// fetches. Looks once; while there is none, again a minute later at the earliest.
/// </summary>
sealed partial class PythonFinder(ScratchpadOptions options, ILogger<PythonFinder> logger)
{
    const string Probe = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
    static readonly Version Oldest = new(3, 9);
    static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(10);
    static readonly TimeSpan FetchLimit = TimeSpan.FromMinutes(5);
    static readonly TimeSpan NextLook = TimeSpan.FromMinutes(1);
    readonly Lock _gate = new();
    Task<Interpreter?>? _found;
    long _lookedAt;

    /// <summary>Where uv is, or <c>null</c>.</summary>
    public string? Uv => OnPath("uv").Concat(UsualPlacesOfUv()).FirstOrDefault(File.Exists);

    public Task<Interpreter?> FindAsync()
    {
        lock (_gate)
        {
            var again = _found is { IsCompletedSuccessfully: true } && _found.GetAwaiter().GetResult() is null && options.Clock.GetElapsedTime(_lookedAt) > NextLook;
            if (_found is null || _found.IsFaulted || again)
            {
                // Not stopped with the turn that asked first: others wait for the same answer.
                _lookedAt = options.Clock.GetTimestamp();
                _found = Task.Run(LookAsync);
            }

            return _found;
        }
    }

    async Task<Interpreter?> LookAsync()
    {
        if (options.Variables.TryGetValue("COWORK_PYTHON", out var configured) && configured.Length > 0 && await TryAsync(configured) is { } chosen)
            return chosen;
        if (await AskUvAsync([]) is { } known)
            return known;
        foreach (var path in ((string[])["python3", "python"]).SelectMany(OnPath).Where(File.Exists))
            if (await TryAsync(path) is { } found)
                return found;
        foreach (var launcher in OnPath("py").Where(File.Exists))
            if (await TryAsync(launcher, "-3") is { } found)
                return found;
        return await FetchAsync() ?? NotFound();
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

    async Task<Interpreter?> FetchAsync()
    {
        if (Uv is not { } uv)
            return null;
        PythonWasMissing(logger);
        await RunAsync(uv, ["python", "install", "3.12"], FetchLimit);
        return await AskUvAsync(["3.12"]);
    }

    static string[] LinesOf(CommandEnd end) => end.IsGood ? end.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];

    Task<CommandEnd> RunAsync(string file, IReadOnlyList<string> arguments, TimeSpan limit) => ChildCommand.RunAsync(
        new(file, arguments, Path.GetTempPath(), PythonEnvironment.ForInstaller(options.Variables)), limit, options.Clock, line: null, CancellationToken.None);

    Interpreter? NotFound()
    {
        NoPythonFound(logger, Oldest.ToString());
        return null;
    }

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
        return home.Length == 0 ? [] : [Path.Combine(home, ".local", "bin", file), Path.Combine(home, ".cargo", "bin", file)];
    }

    [LoggerMessage(1, LogLevel.Information, "Python {Version} was found at {Path}.")]
    static partial void PythonFound(ILogger logger, string version, string path);

    [LoggerMessage(2, LogLevel.Information, "No Python was found, so uv was asked to fetch one.")]
    static partial void PythonWasMissing(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "No Python {Oldest} or newer was found, so scratchpads are not offered. Install one, or name it in COWORK_PYTHON.")]
    static partial void NoPythonFound(ILogger logger, string oldest);
}

/// <summary>A Python.</summary>
/// <param name="Path">Its executable.</param>
/// <param name="Version">Major and minor.</param>
sealed record Interpreter(string Path, string Version);
