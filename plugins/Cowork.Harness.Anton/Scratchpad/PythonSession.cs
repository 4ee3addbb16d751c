using System.Globalization;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>A Python process with the variables of a pad.</summary>
sealed class PythonSession : ICellSession
{
    static readonly TimeSpan NextInterrupt = TimeSpan.FromMilliseconds(300);
    static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(3);
    const int KeptBetween = 2000;
    const string QueryHint = "A query that a database runs for it may still be running there.";
    readonly ChildProcess _process;
    readonly PythonPackages _packages;
    readonly ScratchpadOptions _options;
    readonly ChildLine _line;
    readonly TaskCompletionSource<ChildEvent> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile CellRun? _run;
    CutText _between = new(KeptBetween);
    long _heardAt;
    int _packagesSeen;

    public PythonSession(ChildProcess process, PythonPackages packages, ScratchpadOptions options, string directory)
    {
        (_process, _packages, _options, Directory) = (process, packages, options, directory);
        _packagesSeen = packages.Version;
        _line = new(process, Hear);
    }

    public string Directory { get; }

    public bool IsAlive => !_line.Closed.IsCompleted && !_process.Exited.IsCompleted;

    public RestoredState? Restored { get; set; }

    /// <summary>Hands over the program and waits until it is ready.</summary>
    public async Task GreetAsync(byte[] program, ChildGreeting greeting, CancellationToken ct)
    {
        await _line.SendAsync(program, greeting, ct);
        await Task.WhenAny(_ready.Task, _line.Closed, _process.Exited).WaitAsync(_options.StartLimit, _options.Clock, ct);
        if (!_ready.Task.IsCompleted)
            throw new IOException("The process ended at once.");
        var ready = await _ready.Task;
        Restored = ready.Restored ? new(ready.Cell, ready.Lost ?? []) : null;
    }

    public async Task<CellEnd> RunAsync(CellRequest cell, ICellObserver observer, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var run = new CellRun(cell.Number, observer, _line.SendAsync);
        _run = run;
        Interlocked.Exchange(ref _heardAt, _options.Clock.GetTimestamp());
        try
        {
            await ShowPackagesAsync();
            await _line.SendAsync(new("exec") { Cell = cell.Number, Code = cell.Code, Offers = cell.Offers, Model = cell.Model }).WaitAsync(ct);
            return await EndOfAsync(run, cell.Limit, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await InterruptAsync(run, _options.StopGrace);
            throw;
        }
        finally
        {
            run.End();
            _run = null;
        }
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.Exited;
        // What escaped the killing may hold the line open.
        await Task.WhenAny(_line.Closed, Task.Delay(ExitLimit, _options.Clock));
    }

    public async ValueTask DisposeAsync()
    {
        // It has saved its variables after the last cell, or is just about to; only then does it read this.
        await Task.WhenAny(Task.WhenAll(_line.SendAsync(new("exit")), _process.Exited), Task.Delay(ExitLimit, _options.Clock));
        await KillAsync();
        await _process.DisposeAsync();
    }

    async Task<CellEnd> EndOfAsync(CellRun run, TimeSpan limit, CancellationToken ct)
    {
        var began = _options.Clock.GetTimestamp();
        var workAtLastWord = _process.Work;
        var lastWord = Interlocked.Read(ref _heardAt);
        var quietSince = began;
        while (true)
        {
            var left = limit - _options.Clock.GetElapsedTime(began);
            try
            {
                await Task.WhenAny(run.Done, _line.Closed, _process.Exited).WaitAsync(left < _options.SilenceLimit ? Positive(left) : _options.SilenceLimit, _options.Clock, ct);
                return run.Done.IsCompleted ? Ended(await run.Done) : await CrashedAsync(run);
            }
            catch (TimeoutException)
            {
                if (_options.Clock.GetElapsedTime(began) >= limit)
                    return await OutOfTimeAsync(run, limit, "its time limit");
            }

            var heard = Interlocked.Read(ref _heardAt);
            var work = _process.Work;
            // Native code may hold the interpreter for minutes and still work; only one that does nothing hangs.
            if (heard != lastWord || work - workAtLastWord >= _options.SilenceLimit / 10)
                (lastWord, workAtLastWord, quietSince) = (heard, work, _options.Clock.GetTimestamp());
            // Timers may fire a little early, and near the time limit the wait is short: only the clock knows how long it was.
            else if (_options.Clock.GetElapsedTime(quietSince) >= _options.SilenceLimit)
                return await OutOfTimeAsync(run, _options.SilenceLimit, "without any sign of life");
        }
    }

    async Task<CellEnd> OutOfTimeAsync(CellRun run, TimeSpan time, string reason)
    {
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
        var end = await InterruptAsync(run, _options.TimeoutGrace);
        return new(CellStatus.Timeout, end is null
            ? $"The cell was ended after {seconds}, {reason}. It did not react to an interrupt, so its process was ended too: the next call starts a new one with the variables as they were before this cell. {QueryHint}"
            : $"The cell was interrupted after {seconds}, {reason}. Variables are kept. Give estimated_execution_time_seconds for longer work, or do it in parts. {QueryHint}\n\n{end.Error}".TrimEnd());
    }

    /// <returns>The child's last word, or <c>null</c> when only killing helped.</returns>
    async Task<ChildEvent?> InterruptAsync(CellRun run, TimeSpan grace)
    {
        run.End();
        var began = _options.Clock.GetTimestamp();
        while (_options.Clock.GetElapsedTime(began) is var elapsed && elapsed < grace && IsAlive)
        {
            // A subprocess may have got the first one, and code may have caught it.
            _process.Interrupt();
            _ = _line.SendAsync(new("interrupt"));
            var left = grace - elapsed;
            try
            {
                await Task.WhenAny(run.Done, _line.Closed).WaitAsync(left < NextInterrupt ? left : NextInterrupt, _options.Clock);
                if (run.Done.IsCompleted)
                    return await run.Done;
            }
            catch (TimeoutException)
            {
                // Once more.
            }
        }

        await KillAsync();
        return run.Done.IsCompleted ? await run.Done : null;
    }

    async Task<CellEnd> CrashedAsync(CellRun run)
    {
        await KillAsync();
        if (run.Done.IsCompleted)
            return Ended(await run.Done);
        var why = _process.ExitCode switch
        {
            134 => " (it aborted in native code)",
            139 => " (native code used memory that is not its own)",
            137 => " (it was killed, perhaps because memory ran out)",
            var code => string.Create(CultureInfo.InvariantCulture, $" (exit code {code})"),
        };
        return new(CellStatus.Error, $"The Python process ended in this cell{why}. The next call starts a new one with the variables as they were before this cell.\n\n{await LastWordsAsync()}".TrimEnd());
    }

    /// <summary>Where the cell was when native code crashed, as the fault handler has written it.</summary>
    async Task<string> LastWordsAsync()
    {
        var errors = _process.ErrorsAsync();
        await Task.WhenAny(errors, Task.Delay(ExitLimit, _options.Clock));
        return errors.IsCompleted
            ? string.Join('\n', (await errors).Split('\n').Where(line => !line.Contains("\"<scratchpad>\"", StringComparison.Ordinal) && !line.Contains("\"<string>\"", StringComparison.Ordinal)))
            : "";
    }

    async Task ShowPackagesAsync()
    {
        if (_packagesSeen == _packages.Version)
            return;
        _packagesSeen = _packages.Version;
        await _line.SendAsync(new("path") { Path = await _packages.FolderAsync() });
    }

    void Hear(ChildEvent e)
    {
        Interlocked.Exchange(ref _heardAt, _options.Clock.GetTimestamp());
        if (e.T == "ready")
            _ready.TrySetResult(e);
        else if (e.T is "out" or "err" or "log" && _run is not { HasBegun: true })
            _between.Append(e.S ?? "");
        else
            HearCell(e);
    }

    void HearCell(ChildEvent e)
    {
        if (_run is not { } run)
            return;
        run.Hear(e);
        if (e.T != "begin" || _between.ToString() is not { Length: > 0 } between)
            return;
        _between = new(KeptBetween);
        run.Note($"scratchpad: written by background work since the last cell:\n{between.TrimEnd()}\n");
    }

    static CellEnd Ended(ChildEvent done) => new(done.Error is null ? CellStatus.Ok : CellStatus.Error, done.Error, done.Missing);

    static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
