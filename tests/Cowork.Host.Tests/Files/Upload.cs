using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.Files;

/// <summary>One part of a form; without a file name it is a plain field.</summary>
sealed record FormPart(string Field, string Content, string? FileName = null, string? Type = null);

/// <summary>Multipart requests as browsers send them: names in UTF-8, as they are. .NET's own form would encode them.</summary>
static class Upload
{
    const string Boundary = "----boundary";

    public static Task<(int Status, JsonNode? Body)> PostAsync(HostUnderTest host, string path, params FormPart[] parts) =>
        PostAsync(host, path, Text(parts));

    /// <summary>The body of a form.</summary>
    public static string Text(params FormPart[] parts) => $"{string.Concat(parts.Select(Text))}--{Boundary}--\r\n";

    public static async Task<(int Status, JsonNode? Body)> PostAsync(HostUnderTest host, string path, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("multipart/form-data") { Parameters = { new("boundary", Boundary) } };
        using var response = await host.Http.PostAsync(path, content, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    /// <summary>Uploads one file and returns its object.</summary>
    public static async Task<JsonNode> FileAsync(HostUnderTest host, string name, string content, string purpose = "test", string? type = "text/plain")
    {
        var (status, body) = await PostAsync(host, "files/", new("file", content, name, type), new("purpose", purpose));
        Assert.Equal(201, status);
        return body!;
    }

    /// <summary>Gives one file to a conversation of the default project and returns its object.</summary>
    public static async Task<JsonNode> AttachAsync(HostUnderTest host, string conversation, string name, string content, string type = "text/plain")
    {
        var (status, body) = await PostAsync(host, $"attachments/general/{conversation}/upload", new FormPart("files", content, name, type));
        Assert.Equal(200, status);
        return body![0]!;
    }

    static string Text(FormPart part)
    {
        var name = part.FileName is null ? "" : $"; filename=\"{part.FileName}\"";
        var type = part.Type is null ? "" : $"\r\nContent-Type: {part.Type}";
        return $"--{Boundary}\r\nContent-Disposition: form-data; name=\"{part.Field}\"{name}{type}\r\n\r\n{part.Content}\r\n";
    }
}
