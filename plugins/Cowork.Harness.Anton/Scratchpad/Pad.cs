namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>A pad that is in memory: its cells and, once one has run, its interpreter. Used by one caller at a time, see <see cref="Gate"/>.</summary>
sealed class Pad(PadKey key, string folder, ICellRuntime runtime)
{
    CellLog? _log;

    public PadKey Key => key;

    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>Set when it has left the pool; whoever waited for it takes a new one.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Counts uses over all pads; the lowest was used longest ago.</summary>
    public long LastUse { get; set; }

    public ITimer? IdleTimer { get; set; }

    public ICellSession? Session { get; private set; }

    public CellLog Log => _log ??= CellLog.Load(folder);

    /// <summary>A running interpreter, and what to tell of a restart.</summary>
    public async Task<(ICellSession Session, string? Notice)> SessionAsync(string directory, CancellationToken ct)
    {
        if (Session is { IsAlive: true } && Session.Directory == directory)
            return (Session, null);
        await EndSessionAsync();
        CreateFolder();
        Session = await runtime.StartAsync(folder, directory, ct);
        return (Session, NoticeOf(Session.Restored));
    }

    /// <summary>Ends the interpreter; its variables are saved.</summary>
    public async Task EndSessionAsync()
    {
        if (Session is { } session)
        {
            Session = null;
            await session.DisposeAsync();
        }
    }

    /// <summary>Forgets cells and variables for good.</summary>
    public async Task ResetAsync()
    {
        if (Session is { } session)
        {
            await session.KillAsync();
            await EndSessionAsync();
        }

        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Log.Clear();
    }

    public async Task CloseAsync()
    {
        IsClosed = true;
        if (IdleTimer is { } timer)
            await timer.DisposeAsync();
        await EndSessionAsync();
    }

    string? NoticeOf(RestoredState? restored)
    {
        if (!Log.Cells.Any(cell => cell.Error is null))
            return null;
        if (restored is null)
            return "scratchpad: Python was started anew; the variables of earlier cells are gone.\n";
        var late = restored.Cell < Log.Last && Log.Cells.Any(cell => cell.Number > restored.Cell && cell.Error is null)
            ? $" The changes made after cell {restored.Cell} are lost."
            : "";
        var lost = restored.Lost.Count > 0 ? $" Not restored: {string.Join(", ", restored.Lost)}." : "";
        return late.Length + lost.Length == 0 ? null : $"scratchpad: Python was started anew and the variables of earlier cells were restored.{late}{lost}\n";
    }

    void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
