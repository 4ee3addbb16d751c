using System.ComponentModel;
using System.Globalization;
using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Cells in Python.</summary>
sealed partial class PythonRuntime(PythonFinder finder, PythonPackages packages, ScratchpadOptions options, ILogger<PythonRuntime> logger) : ICellRuntime
{
    static readonly string Prelude = Source("prelude.py");
    static readonly byte[] Program = Encoding.UTF8.GetBytes(string.Concat(((string[])["channel.py", "state.py", "helpers.py", "boot.py"]).Select(Source)));

    public HarnessEvent.Warning? Notice => finder.FindAsync() switch
    {
        { IsCompleted: false } => new("no_python", "Python is still being looked for, so Anton works without it in this turn."),
        { IsCompletedSuccessfully: true } found when found.GetAwaiter().GetResult() is { } python => finder.Unusable is { } named
            ? new("python_unusable", $"“{named}”, which Settings name as the Python for Anton, is none of version 3.9 or newer. {python.Path} is used instead.")
            : null,
        _ when finder.IsFetching => new("no_python", "No Python was found on this computer, so one is being fetched. Anton works without it until it is there."),
        _ => new("no_python", "No Python 3.9 or newer was found on this computer, so Anton works without it. Install Python from python.org, or name one in Settings, then send the message again."),
    };

    public async ValueTask<bool> IsAvailableAsync(CancellationToken ct)
    {
        try
        {
            return await finder.FindAsync().WaitAsync(options.SearchPatience, options.Clock, ct) is not null;
        }
        catch (TimeoutException)
        {
            // A turn does not wait for a slow machine; the next one will know.
            return false;
        }
    }

    public Task<string> InstallAsync(IReadOnlyList<string> names, Action<string> report, CancellationToken ct) => packages.InstallAsync(names, report, ct);

    public async Task<ICellSession> StartAsync(string folder, string directory, CancellationToken ct)
    {
        var state = Path.Combine(folder, "state.pkl");
        var canRestore = File.Exists(state);
        if (await TryStartAsync(state, directory, canRestore, ct) is { } session)
            return session;
        if (!canRestore || await TryStartAsync(state, directory, restore: false, ct) is not { } blank)
            throw new ToolException("Python could not be started. Try again; if it stays like this, work without the scratchpad and tell the user.");

        // What ends an interpreter once would end the next one as well.
        File.Move(state, $"{state}.unreadable", overwrite: true);
        StateWasUnreadable(logger);
        blank.Restored = new(0, ["all variables (the saved state could not be read)"]);
        return blank;
    }

    async Task<PythonSession?> TryStartAsync(string state, string directory, bool restore, CancellationToken ct)
    {
        var python = await packages.PythonAsync().WaitAsync(ct) ?? throw new ToolException("There is no Python on this machine any more.");
        ChildProcess process;
        try
        {
            var size = Program.Length.ToString(CultureInfo.InvariantCulture);
            process = ChildProcess.Start(python, ["-u", "-c", Prelude, size], directory, PythonEnvironment.ForCells(options.Variables));
        }
        catch (Win32Exception e)
        {
            PythonDidNotStart(logger, e.Message);
            return null;
        }

        var session = new PythonSession(process, packages, options, directory);
        try
        {
            await session.GreetAsync(Program, new(state, restore, Beat: options.SilenceLimit.TotalSeconds / 20), ct);
            return session;
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            await session.KillAsync();
            PythonDidNotStart(logger, $"{e.Message} {await process.ErrorsAsync()}");
            return null;
        }
        catch
        {
            await session.KillAsync();
            throw;
        }
    }

    static string Source(string name)
    {
        using var reader = new StreamReader(typeof(PythonRuntime).Assembly.GetManifestResourceStream($"Scratchpad.{name}")!);
        return reader.ReadToEnd();
    }

    [LoggerMessage(1, LogLevel.Warning, "A Python process did not start: {Reason}")]
    static partial void PythonDidNotStart(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The saved variables of a scratchpad could not be read; it has started empty.")]
    static partial void StateWasUnreadable(ILogger logger);
}
