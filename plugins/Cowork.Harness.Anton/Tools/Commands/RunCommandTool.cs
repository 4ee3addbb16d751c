using System.Globalization;
using System.Text;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools.Files;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>Runs a command line; one that may change something only with leave.</summary>
sealed class RunCommandTool(TimeProvider time) : ITool
{
    const int DefaultSeconds = 60;
    const int MaxSeconds = 600;
    const int HalfOfOutput = 15_000;

    // What runs without a question must not be talked into running something by a repository's configuration.
    static readonly (string Name, string Value)[] CautiousGit =
    [
        ("GIT_OPTIONAL_LOCKS", "0"), ("GIT_NO_LAZY_FETCH", "1"), ("GIT_ALLOW_PROTOCOL", "none"), ("GIT_CONFIG_COUNT", "4"),
        ("GIT_CONFIG_KEY_0", "core.fsmonitor"), ("GIT_CONFIG_VALUE_0", "false"),
        ("GIT_CONFIG_KEY_1", "safe.bareRepository"), ("GIT_CONFIG_VALUE_1", "explicit"),
        ("GIT_CONFIG_KEY_2", "core.hooksPath"), ("GIT_CONFIG_VALUE_2", "/dev/null"),
        ("GIT_CONFIG_KEY_3", "diff.ignoreSubmodules"), ("GIT_CONFIG_VALUE_3", "all"),
    ];

    public ToolSpec Spec { get; } = new(
        "run_command",
        "Run a shell command line (sh; cmd on Windows) in the project and get its output and exit code. The user is asked before anything but plain reading runs. Background processes end with it.",
        BinaryData.FromString("""{"type":"object","properties":{"command":{"type":"string"},"cwd":{"type":"string","description":"folder, default: the project folder"},"timeout_seconds":{"type":"integer","description":"default 60, at most 600"}},"required":["command"]}"""));

    public bool IsReadOnly => false;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.RunCommandArguments);
        var line = arguments.Command.Trim();
        if (line.Length == 0 || line.Contains('\0', StringComparison.Ordinal))
            throw new ToolException("The command is empty or has a NUL in it.");
        var folder = Folder(context, arguments.Cwd);
        var isHarmless = CommandPolicy.IsHarmless(line, folder, context);
        if (!isHarmless && await RefusalAsync(call, context, line, folder, ct) is { } refusal)
            return refusal;

        var limit = TimeSpan.FromSeconds(Math.Clamp(arguments.TimeoutSeconds ?? DefaultSeconds, 1, MaxSeconds));
        using var shell = Shell.Run(line, folder, isHarmless ? CautiousGit : []);
        return await RunAsync(shell, limit, isHarmless, message => context.Progress("command", message, call.Id), ct);
    }

    static string Folder(ToolContext context, string? cwd)
    {
        var folder = ProjectFiles.Readable(context, string.IsNullOrWhiteSpace(cwd) ? "." : cwd);
        return Directory.Exists(folder) ? folder : throw new ToolException($"There is no folder “{cwd}”. Use list_files to see what is there.");
    }

    static async Task<ToolOutcome?> RefusalAsync(ToolCall call, ToolContext context, string line, string folder, CancellationToken ct)
    {
        const int Shown = 80;
        var shown = context.Scrubber.Scrub(line);
        var oneLine = shown.ReplaceLineEndings(" ");
        var place = ProjectFiles.Display(context, folder);
        var decision = await context.Services.RequestApprovalAsync(
            new(CommandPolicy.ActionOf(line), $"Run “{(oneLine.Length > Shown ? $"{oneLine[..Shown]}…" : oneLine)}”", place == "." ? shown : $"{shown} (in {place})")
            {
                Detail = shown,
                ToolUseId = call.Id,
            },
            ct);
        return decision.IsAllowed ? null : ToolOutcome.Error($"The command was not run. {decision.Reason}");
    }

    async Task<ToolOutcome> RunAsync(ProcessTree shell, TimeSpan limit, bool isHarmless, Action<string> show, CancellationToken ct)
    {
        var output = new CappedOutput(HalfOfOutput);
        var shown = new ShownLines(show, time);
        var began = time.GetTimestamp();
        var process = shell.Process;
        var reading = Task.WhenAll(ReadAsync(process.StandardOutput, output, shown), ReadAsync(process.StandardError, output, shown));
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        var isTimedOut = false;
        try
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            isTimedOut = true;
        }
        finally
        {
            // Also after a good end: what was left in the background would hold the output open, and live on unseen.
            shell.End();
        }

        await DrainAsync(reading, ct);
        return isTimedOut
            ? ToolOutcome.Error(string.Create(
                CultureInfo.InvariantCulture,
                $"{output}\n[stopped after {limit.TotalSeconds} s, which was its time limit; ask for more with timeout_seconds, at most {MaxSeconds}]"))
            : Outcome(process.ExitCode, output.ToString(), time.GetElapsedTime(began), isHarmless);
    }

    static ToolOutcome Outcome(int code, string output, TimeSpan took, bool isHarmless)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{(output.Length == 0 ? "(no output)" : output.TrimEnd('\n', '\r'))}\n[exit code {code}, {took.TotalSeconds:0.0} s]");
        // Of programs that only read, 1 means that there was nothing to find.
        return new(text, IsError: code != 0 && !(isHarmless && code == 1));
    }

    /// <summary>A process that left its session may still hold the output; it is not waited for.</summary>
    async Task DrainAsync(Task reading, CancellationToken ct)
    {
        try
        {
            await reading.WaitAsync(TimeSpan.FromSeconds(2), time, ct);
        }
        catch (TimeoutException)
        {
            // What was read so far is the output.
        }
    }

    static async Task ReadAsync(StreamReader reader, CappedOutput output, ShownLines shown)
    {
        var buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer, CancellationToken.None) is > 0 and var length)
            {
                output.Add(buffer.AsSpan(0, length));
                shown.Add(buffer.AsSpan(0, length));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process is gone, and its pipe with it.
        }
    }

    /// <summary>Shows the latest whole line from time to time.</summary>
    sealed class ShownLines(Action<string> show, TimeProvider time)
    {
        const int MaxLine = 200;
        static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
        readonly Lock _lock = new();
        readonly StringBuilder _line = new();
        long? _last;

        public void Add(ReadOnlySpan<char> text)
        {
            lock (_lock)
            {
                var end = text.LastIndexOf('\n');
                if (end < 0)
                {
                    _line.Append(text[..Math.Min(text.Length, Math.Max(0, MaxLine - _line.Length))]);
                    return;
                }

                var start = text[..end].LastIndexOf('\n') + 1;
                var line = start > 0 ? text[start..end].Trim().ToString() : $"{_line}{text[..end]}".Trim();
                _line.Clear().Append(text[(end + 1)..]);
                if (line.Length == 0 || (_last is { } last && time.GetElapsedTime(last) < Pause))
                    return;
                _last = time.GetTimestamp();
                show(line.Length > MaxLine ? $"{line[..MaxLine]}…" : line);
            }
        }
    }
}

sealed record RunCommandArguments
{
    public required string Command { get; init; }

    public string? Cwd { get; init; }

    public int? TimeoutSeconds { get; init; }
}
