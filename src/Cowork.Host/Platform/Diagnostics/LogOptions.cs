using Cowork.Host.Platform.Http;
using Serilog.Events;

namespace Cowork.Host.Platform.Diagnostics;

/// <summary>How much is logged, and where.</summary>
sealed record LogOptions(LogEventLevel Level, string? Folder)
{
    /// <summary>Whether the console lines go to stderr, because stdout is for an answer.</summary>
    public bool ToStandardError { get; init; }

    /// <summary>Whether the console is coloured for people.</summary>
    public bool IsRich { get; init; }

    /// <summary>The console belongs to the answer, which says what went wrong with its turn itself.</summary>
    public LogOptions ForOneCall() => this with { ToStandardError = true, Level = Level == LogEventLevel.Warning ? LogEventLevel.Error : Level };

    /// <param name="first">Looks up the first variable that is set.</param>
    /// <param name="notices">Gets a sentence about each value that cannot be used.</param>
    public static LogOptions Read(Func<string[], string?> first, List<string> notices)
    {
        bool Switch(string name, string otherwise)
        {
            if (first([name]) is not { } text)
                return false;
            if (!LenientBool.TryParse(text, out var on))
                notices.Add($"{name} is '{text}', which is neither true nor false; {otherwise}.");
            return on;
        }

        var isRich = Switch("RICH_LOGGING", "the console stays plain");
        var directory = Switch("ENABLE_FILE_LOGGING", "no log files are written") ? Path.GetFullPath(first(["LOG_DIR"]) ?? "logs") : null;
        if (directory is not null && !Directory.Exists(Path.GetDirectoryName(directory)))
        {
            notices.Add($"The folder {Path.GetDirectoryName(directory)} of LOG_DIR does not exist; no log files are written.");
            directory = null;
        }

        return new(ReadLevel(first(["LOG_LEVEL"]), notices), directory) { IsRich = isRich };
    }

    static LogEventLevel ReadLevel(string? text, List<string> notices)
    {
        switch (text?.ToUpperInvariant())
        {
            case null or "WARNING":
                return LogEventLevel.Warning;
            case "DEBUG":
                return LogEventLevel.Debug;
            case "INFO":
                return LogEventLevel.Information;
            case "ERROR":
                return LogEventLevel.Error;
            case "CRITICAL":
                return LogEventLevel.Fatal;
            default:
                notices.Add($"LOG_LEVEL is '{text}'; WARNING is used. Known levels are DEBUG, INFO, WARNING, ERROR and CRITICAL.");
                return LogEventLevel.Warning;
        }
    }
}
