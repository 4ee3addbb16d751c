using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.ProjectFiles;

public sealed class UploadTests(SharedHost shared) : IClassFixture<SharedHost>
{
    const string Upload = "projects/general/files/upload";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Folder => Path.Combine(shared.Projects, "general");

    [Theory]
    [InlineData("nul")]
    [InlineData("CON.txt")]
    [InlineData("dot.")]
    public async Task An_upload_gets_no_name_that_some_system_cannot_keep(string name)
    {
        using var form = new MultipartFormDataContent { { new StringContent("x"), "files", name } };
        using var answer = await shared.Host.Http.PostAsync("projects/general/files/upload", form, TestContext.Current.CancellationToken);
        var result = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["results"]![0]!;
        Assert.Equal((200, false), ((int)answer.StatusCode, (bool)result["ok"]!));
        Assert.False(File.Exists(Path.Combine(shared.Projects, "general", name)));
    }

    [Fact]
    public async Task Each_file_is_judged_alone()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "taken"));
        File.CreateSymbolicLink(Path.Combine(Folder, "way-out"), Path.Combine(shared.Host.Home, "written.txt"));
        using var form = new MultipartFormDataContent();
        foreach (var name in new[] { "good.txt", "../../up.txt", @"C:\work\win.txt", ".hidden", "taken", "way-out", new string('n', 300), "say %22hi%22.txt", "日本.txt", "..", "last.txt" })
            form.Add(new StringContent("x"), "files", name);
        form.Add(new StringContent("ignored"), "comment");

        var results = await SendAsync(form);

        Assert.Equal(
            [("good.txt", true), ("up.txt", true), ("win.txt", true), (".hidden", false), ("taken", false), ("way-out", false), (new string('n', 300), false), ("say %22hi%22.txt", true), ("日本.txt", true), ("", false), ("last.txt", true)],
            results.Select(r => (r!["name"]!.GetValue<string>(), r["ok"]!.GetValue<bool>())));
        Assert.All(results, r => Assert.NotEqual(r!["error"] is null, r["size"] is null));
        Assert.True(File.Exists(Path.Combine(Folder, "up.txt")));
        Assert.False(File.Exists(Path.Combine(shared.Host.Home, "written.txt")));
        Assert.DoesNotContain(Directory.GetFiles(Folder), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_larger_than_any_buffer_arrives_whole_and_replaces_the_old_one()
    {
        var bytes = new byte[40 * 1024 * 1024];
        new Random(1).NextBytes(bytes);
        await File.WriteAllTextAsync(Path.Combine(Folder, "large.bin"), "old", Ct);
        using var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(bytes), "files", "large.bin");
        var result = Assert.Single(await SendAsync(form))!;
        Assert.Equal(bytes.Length, result["size"]!.GetValue<long>());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(Folder, "large.bin"), Ct));
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n")] // no files
    [InlineData("multipart/form-data; boundary=b", "--b--\r\n")] // nothing at all
    [InlineData("multipart/form-data; boundary=b", "")] // an empty body
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"cut.txt\"\r\n\r\nbeginning")] // cut off
    [InlineData("multipart/form-data; boundary=b", "--b\r\nX: y\r\n\r\nx\r\n--b--\r\n")] // a part without a name
    [InlineData("multipart/form-data; boundary=b", "no boundary in it")] // another boundary
    [InlineData("multipart/form-data", "--b--\r\n")] // no boundary given
    [InlineData("application/json", "{}")] // no multipart
    [InlineData("multipart/mixed; boundary=b", "--b--\r\n")] // of another kind
    public async Task A_body_that_is_no_upload_is_refused(string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await shared.Host.Http.PostAsync(Upload, content, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.False(File.Exists(Path.Combine(Folder, "cut.txt")));
    }

    async Task<JsonArray> SendAsync(HttpContent content)
    {
        using var answer = await shared.Host.Http.PostAsync(Upload, content, Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (JsonArray)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!["results"]!;
    }
}
