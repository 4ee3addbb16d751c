using Cowork.Host.Platform.Files;

namespace Cowork.Host.Platform.Http;

/// <summary>A file on disk as an answer: with ranges, and with an ETag from time and length as web servers make it.</summary>
static class SentFile
{
    /// <param name="file">The file itself, no link.</param>
    /// <param name="name">Says what type it is.</param>
    public static IResult Of(FileInfo file, string name) =>
        TypedResults.PhysicalFile(
            file.FullName,
            ContentTypes.Of(name),
            lastModified: new DateTimeOffset(file.LastWriteTimeUtc),
            entityTag: new($"\"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}\""),
            enableRangeProcessing: true);
}
