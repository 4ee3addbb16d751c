using Cowork.Host.Platform.Http;
using Serilog.Events;

namespace Cowork.Host.Platform.Diagnostics;

/// <summary>How much is logged, and where.</summary>
sealed record LogOptions(LogEventLevel Level, string? Directory)
{
    /// <summary>Whether the console lines go to stderr, because stdout is for an answer.</summary>
    public bool ToStandardError { get; init; }

    public static LogOptions Read(string? level, string? toFiles, string? directory, List<string> notices)
    {
        LogEventLevel? parsed = level?.ToUpperInvariant() switch
        {
            null => LogEventLevel.Warning,
            "DEBUG" => LogEventLevel.Debug,
            "INFO" => LogEventLevel.Information,
            "WARNING" => LogEventLevel.Warning,
            "ERROR" => LogEventLevel.Error,
            "CRITICAL" => LogEventLevel.Fatal,
            _ => null,
        };
        if (parsed is null)
            notices.Add($"LOG_LEVEL is '{level}'; WARNING is used. Known levels are DEBUG, INFO, WARNING, ERROR and CRITICAL.");
        var files = LenientBool.TryParse(toFiles, out var on) && on;
        if (toFiles is not null && !LenientBool.TryParse(toFiles, out _))
            notices.Add($"ENABLE_FILE_LOGGING is '{toFiles}', which is neither true nor false; no log files are written.");
        return new(parsed ?? LogEventLevel.Warning, files ? Path.GetFullPath(directory ?? "logs") : null);
    }
}
