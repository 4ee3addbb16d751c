using System.Diagnostics;
using System.Runtime.InteropServices;
using Cowork.Harness.Anton.Tools.Commands;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>A child process with all its streams redirected. Disposing it ends it and all that it has started.</summary>
sealed class ChildProcess : IAsyncDisposable
{
    const int Interrupted = 2;
    const int KeptErrors = 4000;
    readonly ProcessTree _tree;
    readonly Process _process;
    readonly Task<string> _errors;

    ChildProcess(ProcessTree tree)
    {
        (_tree, _process) = (tree, tree.Process);
        Exited = _process.WaitForExitAsync(CancellationToken.None);
        _errors = DrainAsync(_process.StandardError);
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public StreamReader Output => _process.StandardOutput;

    public Task Exited { get; }

    public int ExitCode => _process.ExitCode;

    /// <summary>Processor time so far; zero when it cannot be told.</summary>
    public TimeSpan Work
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.TotalProcessorTime;
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or NotSupportedException)
            {
                return TimeSpan.Zero;
            }
        }
    }

    /// <exception cref="System.ComponentModel.Win32Exception">The file cannot be run.</exception>
    public static ChildProcess Start(string file, IEnumerable<string> arguments, string directory, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
            CreateNoWindow = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new(ProcessTree.Start(start));
    }

    /// <summary>What it wrote to standard error, the end of it; complete after the exit.</summary>
    public Task<string> ErrorsAsync() => _errors;

    /// <summary>The same as Ctrl+C in a terminal, for the whole group; where there are no groups, nothing.</summary>
    public void Interrupt()
    {
        if (!OperatingSystem.IsWindows() && !_process.HasExited)
            _ = SendSignal(-_process.Id, Interrupted);
    }

    /// <summary>Ends it and all that it has started; what a cell has started may still be there after a crash.</summary>
    public void Kill() => _tree.End();

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited;
        _tree.Dispose();
    }

    static async Task<string> DrainAsync(StreamReader errors)
    {
        var kept = "";
        var buffer = new char[2048];
        try
        {
            while (await errors.ReadAsync(buffer) is > 0 and var count)
            {
                kept += new string(buffer, 0, count);
                if (kept.Length > KeptErrors)
                    kept = kept[^KeptErrors..];
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process is gone; what came until then is all there is.
        }

        return kept;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int SendSignal(int process, int signal);
}
