using System.Globalization;
using Cowork.Host.Platform.Hosting;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Display;
using Serilog.Sinks.SystemConsole.Themes;

namespace Cowork.Host.Platform.Diagnostics;

static class Logging
{
    const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss} [{Level:u}] {SourceContext}: {Message:lj}{NewLine}{Exception}";
    const long FileBytes = 10 * 1024 * 1024;
    const int OldFiles = 5;

    public static Serilog.Core.Logger Create(LogOptions options)
    {
        var format = new MessageTemplateTextFormatter(Line, CultureInfo.InvariantCulture);
        var log = new LoggerConfiguration()
            .MinimumLevel.Is(options.Level)
            // EF narrates every command at Information, and ASP.NET Core every request several times over.
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore", Max(options.Level, LogEventLevel.Warning))
            .MinimumLevel.Override("Microsoft.AspNetCore", Max(options.Level, LogEventLevel.Warning))
            .MinimumLevel.Override("System.Net.Http", Max(options.Level, LogEventLevel.Warning))
            // What becomes of plugins is rare, and the first thing to look at when something has changed. A command's answer goes without it.
            .MinimumLevel.Override(typeof(Plugins.PluginLifecycle).Namespace!, options is { Level: LogEventLevel.Warning, ToStandardError: false } ? LogEventLevel.Information : options.Level)
            // What the user did wrong is said once, by the command line.
            .Filter.ByExcluding(e => e.Exception is UsageException);
        var errorStream = options.ToStandardError ? LogEventLevel.Verbose : (LogEventLevel?)null;
        if (options.IsRich)
            log.WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture, theme: AnsiConsoleTheme.Code, standardErrorFromLevel: errorStream, applyThemeToRedirectedOutput: false);
        else
            log.WriteTo.Console(format, standardErrorFromLevel: errorStream);
        if (options.Folder is { } folder)
        {
            WriteToFile(log, format, Path.Combine(folder, "minds.log"), LogEventLevel.Verbose);
            WriteToFile(log, format, Path.Combine(folder, "errors.log"), LogEventLevel.Error);
        }

        return log.CreateLogger();
    }

    static void WriteToFile(LoggerConfiguration log, MessageTemplateTextFormatter format, string path, LogEventLevel from)
    {
        try
        {
            // There from the start, also while there is nothing to say: whoever looks for it finds it.
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.AppendAllText(path, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The log file {path} cannot be written; the server goes on without it.");
            return;
        }

        log.WriteTo.File(format, path, from, fileSizeLimitBytes: FileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: OldFiles + 1);
    }

    static LogEventLevel Max(LogEventLevel a, LogEventLevel b) => a > b ? a : b;
}
