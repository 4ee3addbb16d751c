using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Cowork.Host.Platform.Files;

/// <summary>Media types by file extension, and as clients name them.</summary>
static class ContentTypes
{
    public const string Unknown = "application/octet-stream";
    const int Longest = 127;
    static readonly FileExtensionContentTypeProvider Provider = new()
    {
        Mappings =
        {
            [".csv"] = "text/csv",
            [".js"] = "text/javascript",
            [".mjs"] = "text/javascript",
            [".log"] = "text/plain",
            [".md"] = "text/markdown",
            [".py"] = "text/x-python",
            [".toml"] = "application/toml",
            [".ts"] = "text/plain",
            [".yaml"] = "application/yaml",
            [".yml"] = "application/yaml",
        },
    };

    /// <summary>The type for a name.</summary>
    public static string Of(string name) => WithEncoding(Provider.TryGetContentType(name, out var known) ? known : Unknown);

    /// <summary>A type as a client sent it, or the one for unknown bytes where no header could carry it.</summary>
    public static string Clean(string? sent) =>
        sent is { Length: > 0 and <= Longest } && sent.All(char.IsAscii) && MediaTypeHeaderValue.TryParse(sent, out var type) && !type.MatchesAllTypes ? sent : Unknown;

    /// <summary>Text with its encoding, or a browser would guess it.</summary>
    public static string WithEncoding(string type) =>
        type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && !type.Contains("charset", StringComparison.OrdinalIgnoreCase) ? $"{type}; charset=utf-8" : type;
}
