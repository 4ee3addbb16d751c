using Microsoft.AspNetCore.StaticFiles;

namespace Cowork.Host.Platform.Files;

/// <summary>Media types by file extension.</summary>
static class ContentTypes
{
    public const string Unknown = "application/octet-stream";
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

    /// <summary>The type for a name; text names its encoding, or a browser would guess it.</summary>
    public static string Of(string name)
    {
        var type = Provider.TryGetContentType(name, out var known) ? known : Unknown;
        return type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type;
    }
}
