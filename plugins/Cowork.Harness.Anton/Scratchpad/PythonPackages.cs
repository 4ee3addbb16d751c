using System.Globalization;
using System.Text.RegularExpressions;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Packages for cells: in an environment of our own, which sees what the machine has and comes to be with the first installation.</summary>
sealed partial class PythonPackages(PythonFinder finder, ScratchpadOptions options)
{
    readonly SemaphoreSlim _gate = new(1);
    readonly HashSet<string> _installed = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Counts installations; a session that has seen fewer must look again.</summary>
    public int Version { get; private set; }

    /// <summary>The interpreter that cells run with, or <c>null</c> when there is none.</summary>
    public async Task<string?> PythonAsync() =>
        await finder.FindAsync() is not { } found ? null : PythonIn(RootFor(found)) is var own && File.Exists(own) ? own : found.Path;

    /// <summary>Where the packages are for an interpreter that runs already.</summary>
    public async Task<string?> FolderAsync() => await finder.FindAsync() is not { } found
        ? null
        : OperatingSystem.IsWindows() ? Path.Combine(RootFor(found), "Lib", "site-packages") : Path.Combine(RootFor(found), "lib", $"python{found.Version}", "site-packages");

    /// <summary>Installs what is not yet there.</summary>
    /// <exception cref="ToolException">A name cannot be used, or the installation failed.</exception>
    public async Task<string> InstallAsync(IReadOnlyList<string> packages, Action<string> report, CancellationToken ct)
    {
        // Addresses, paths and options would let a package come from anywhere.
        if (packages.FirstOrDefault(package => !Requirement().IsMatch(package)) is { } wrong)
            throw new ToolException($"'{wrong}' is not a package name. Give the names of distributions, with a version at most, such as pandas or pandas>=2.");

        await _gate.WaitAsync(ct);
        try
        {
            string[] missing = [.. packages.Where(package => !_installed.Contains(package))];
            if (missing.Length == 0)
                return "All of it is installed already.";
            var said = await InstallAsync(await finder.FindAsync() ?? throw new ToolException("There is no Python on this machine."), missing, report, ct);
            _installed.UnionWith(missing);
            Version++;
            return said;
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task<string> InstallAsync(Interpreter found, string[] packages, Action<string> report, CancellationToken ct)
    {
        var root = RootFor(found);
        var python = PythonIn(root);
        var uv = finder.Uv;
        if (!File.Exists(python))
        {
            // Without pip of its own: that takes seconds, some systems split it off, and the machine's is visible.
            var made = uv is null
                ? await RunAsync(found.Path, ["-m", "venv", "--system-site-packages", "--without-pip", root], report: null, ct)
                : await RunAsync(uv, ["venv", "--quiet", "--system-site-packages", "--python", found.Path, root], report: null, ct);
            if (!made.IsGood)
                throw new ToolException($"The folder for packages could not be made. {LastLineOf(made.Said)}");
        }

        if (uv is not null)
            return Checked(await RunAsync(uv, ["pip", "install", "--python", python, .. packages], report, ct));

        if (!(await RunAsync(python, ["-m", "pip", "--version"], report: null, ct)).IsGood && !(await RunAsync(python, ["-m", "ensurepip"], report: null, ct)).IsGood)
            throw new ToolException("Neither pip nor uv is on this machine, so nothing can be installed. Work with the standard library.");
        return Checked(await RunAsync(python, ["-m", "pip", "install", .. packages], report, ct));
    }

    string Checked(CommandEnd end) => end.ExitCode switch
    {
        0 => end.Said,
        null => throw new ToolException(string.Create(CultureInfo.InvariantCulture, $"Install timed out after {options.InstallLimit.TotalSeconds:0}s.\n{end.Said}")),
        var code => throw new ToolException($"Install failed (exit {code}).\n{end.Said}"),
    };

    Task<CommandEnd> RunAsync(string file, IReadOnlyList<string> arguments, Action<string>? report, CancellationToken ct) => ChildCommand.RunAsync(
        new(file, arguments, Directory.CreateDirectory(options.DataDirectory).FullName, PythonEnvironment.ForInstaller(options.Variables)),
        options.InstallLimit,
        options.Clock,
        report,
        ct);

    string RootFor(Interpreter found) => Path.Combine(options.DataDirectory, "python", found.Version);

    static string PythonIn(string root) => OperatingSystem.IsWindows() ? Path.Combine(root, "Scripts", "python.exe") : Path.Combine(root, "bin", "python");

    static string LastLineOf(string text) => text.Split('\n')[^1];

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._, -]+\])?\s*((===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Requirement();
}
