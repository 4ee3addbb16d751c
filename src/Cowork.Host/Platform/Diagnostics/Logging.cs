using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Display;

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
            .WriteTo.Console(format, standardErrorFromLevel: options.ToStandardError ? LogEventLevel.Verbose : null);
        if (options.Directory is { } folder)
        {
            AddFile("minds.log", LogEventLevel.Verbose);
            AddFile("errors.log", LogEventLevel.Error);

            void AddFile(string name, LogEventLevel from)
            {
                var path = Path.Combine(folder, name);
                // The sink makes its file at the first line, but people look for the error log before there is an error.
                Directory.CreateDirectory(folder);
                File.Open(path, FileMode.OpenOrCreate).Dispose();
                log.WriteTo.File(format, path, from, fileSizeLimitBytes: FileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: OldFiles + 1);
            }
        }

        return log.CreateLogger();
    }

    static LogEventLevel Max(LogEventLevel a, LogEventLevel b) => a > b ? a : b;
}
