using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Cowork.Host.Tests.Files;

public sealed class FilesTests
{
    [Theory]
    [InlineData("../../../escaped.txt", "escaped.txt")] // simple traversal
    [InlineData("/etc/passwd", "passwd")] // absolute
    [InlineData("C:\\\\Users\\\\x\\\\secret.txt", "secret.txt")] // a whole Windows path, as old browsers send it
    [InlineData("..", "upload")] // the parent itself
    [InlineData("dir/", "upload")] // nothing left
    [InlineData("", "upload")] // no name
    [InlineData("   ", "upload")] // blank
    [InlineData(".env", ".env")] // hidden, but harmless here
    [InlineData("a\tb.txt", "ab.txt")] // control characters would break headers
    [InlineData("%2e%2e%2fx.txt", "%2e%2e%2fx.txt")] // encoded once is just a name
    [InlineData("отчёт 日本 🙂.txt", "отчёт 日本 🙂.txt")] // any script
    [InlineData("it's \\\"quoted\\\".txt", "it's \"quoted\".txt")] // quotes
    public async Task Whatever_the_name_the_bytes_stay_in_their_own_folder(string sent, string kept)
    {
        await using var host = await HostUnderTest.StartAsync();
        var root = Path.Combine(host.Home, ".cowork", "files");

        var file = await Upload.FileAsync(host, sent, "hello");

        Assert.Equal(kept, (string?)file["filename"]);
        Assert.Equal([Path.Combine(root, (string)file["id"]!, kept)], Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories));
        using var content = await host.Http.GetAsync($"files/{file["id"]}/content", TestContext.Current.CancellationToken);
        Assert.Equal("hello", await content.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(kept, content.Content.Headers.ContentDisposition!.FileNameStar);
        Assert.Equal("nosniff", Assert.Single(content.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task A_long_name_is_shortened_and_keeps_its_extension()
    {
        await using var host = await HostUnderTest.StartAsync();

        var latin = await Upload.FileAsync(host, new string('a', 300) + ".txt", "x");
        var longest = await Upload.FileAsync(host, new string('b', 251) + ".txt", "x");
        var thai = await Upload.FileAsync(host, new string('ก', 200) + ".txt", "x");

        Assert.Equal(new string('a', 251) + ".txt", (string?)latin["filename"]);
        Assert.Equal(new string('b', 251) + ".txt", (string?)longest["filename"]);
        Assert.Equal(new string('ก', 200) + ".txt", (string?)thai["filename"]);
        Assert.Equal("x", await host.Http.GetStringAsync($"files/{thai["id"]}/content", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(null)] // none
    [InlineData("nonsense")] // no media type
    [InlineData("text/plain; charset=\"ü\"")] // no header could carry it
    [InlineData("*/*")] // a pattern
    public async Task A_type_that_is_none_counts_as_bytes(string? type)
    {
        await using var host = await HostUnderTest.StartAsync();
        var file = await Upload.FileAsync(host, "a.bin", "x", type: type);

        using var content = await host.Http.GetAsync($"files/{file["id"]}/content", TestContext.Current.CancellationToken);

        Assert.Equal("application/octet-stream", content.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_type_that_is_too_long_counts_as_bytes()
    {
        await using var host = await HostUnderTest.StartAsync();
        var file = await Upload.FileAsync(host, "a.bin", "x", type: $"text/{new string('x', 200)}");

        using var content = await host.Http.GetAsync($"files/{file["id"]}/content", TestContext.Current.CancellationToken);

        Assert.Equal("application/octet-stream", content.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Incomplete_uploads_are_refused_and_leave_nothing_behind()
    {
        await using var host = await HostUnderTest.StartAsync();

        var refused = new[]
        {
            await Upload.PostAsync(host, "files/", new FormPart("file", "x", "a.txt")),
            await Upload.PostAsync(host, "files/", new FormPart("purpose", "p")),
            await Upload.PostAsync(host, "files/", new("file", "x", "a.txt"), new("purpose", "")),
            await Upload.PostAsync(host, "files/", new("file", "no file name"), new("purpose", "p")),
            await Upload.PostAsync(host, "files/", new("file", "x", "a.txt"), new("file", "y", "b.txt"), new("purpose", "p")),
            await Upload.PostAsync(host, "files/", Upload.Text(new("purpose", "p"), new("file", "cut off", "a.txt"))[..^20]),
            await host.SendAsync(HttpMethod.Post, "files/", new JsonObject()),
        };

        Assert.All(refused, answer => Assert.Equal(422, answer.Status));
        Assert.Empty((await host.GetJsonAsync("files/"))["data"]!.AsArray());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(host.Home, ".cowork", "files")));
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        await using var host = await HostUnderTest.StartAsync();

        var file = await Upload.FileAsync(host, "empty.txt", "");

        Assert.Equal(0, (int)file["bytes"]!);
        Assert.Equal("", await host.Http.GetStringAsync($"files/{file["id"]}/content", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_name_comes_as_todays_browsers_write_it()
    {
        await using var host = await HostUnderTest.StartAsync();
        // What the standard for forms escapes, and nothing else.
        var file = await Upload.FileAsync(host, "say %22hi%22 100%25%0D%0A.txt", "x");
        Assert.Equal("say \"hi\" 100%25.txt", (string?)file["filename"]);
    }

    [Fact]
    public async Task A_list_can_be_read_in_pages_and_is_whole_without()
    {
        await using var host = await HostUnderTest.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add((string)(await Upload.FileAsync(host, $"{i}.txt", "x", i == 4 ? "other" : "test"))["id"]!);

        var whole = await host.GetJsonAsync("files");
        var first = await host.GetJsonAsync("files?limit=3&purpose=test");
        var rest = await host.GetJsonAsync($"files?limit=3&purpose=test&after={first["last_id"]}");

        Assert.Equal(ids, Ids(whole));
        Assert.False((bool)whole["has_more"]!);
        Assert.Equal(ids[..3], Ids(first));
        Assert.True((bool)first["has_more"]!);
        Assert.Equal(ids[3..4], Ids(rest));
        Assert.False((bool)rest["has_more"]!);
        Assert.Empty(Ids(await host.GetJsonAsync("files?limit=0")));
        Assert.Equal(ids, Ids(await host.GetJsonAsync("files?limit=-1")));
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"files?after={Guid.NewGuid()}")).Status);
    }

    [Fact]
    public async Task Content_can_be_read_in_ranges_and_is_not_sent_twice()
    {
        await using var host = await HostUnderTest.StartAsync();
        var path = $"files/{(await Upload.FileAsync(host, "a.txt", "0123456789"))["id"]}/content";

        using var ranged = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = new RangeHeaderValue(2, 4) } };
        using var part = await host.Http.SendAsync(ranged, TestContext.Current.CancellationToken);
        using var known = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { part.Headers.ETag! } } };
        using var again = await host.Http.SendAsync(known, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("234", await part.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task Deleting_removes_the_files_own_folder_and_nothing_else()
    {
        await using var host = await HostUnderTest.StartAsync();
        var kept = await Upload.FileAsync(host, "kept.txt", "x");
        var gone = await Upload.FileAsync(host, "gone.txt", "x");

        using var deleted = await host.Http.DeleteAsync($"files/{gone["id"]}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);

        Assert.Equal([Path.Combine(host.Home, ".cowork", "files", (string)kept["id"]!)], Directory.EnumerateFileSystemEntries(Path.Combine(host.Home, ".cowork", "files")));
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, $"files/{gone["id"]}")).Status);
    }

    [Fact]
    public async Task Deleting_a_file_that_the_reference_put_elsewhere_leaves_that_place_alone()
    {
        await using var host = await HostUnderTest.StartAsync();
        var elsewhere = Path.Combine(host.Home, "notes.txt");
        await File.WriteAllTextAsync(elsewhere, "mine", TestContext.Current.CancellationToken);
        var id = Guid.NewGuid();
        await host.Get<Database>().WriteAsync(
            w => w.Execute("INSERT INTO files (id, filename, content_type, size, purpose, path) VALUES (?1, 'notes.txt', 'text/plain', 4, 't', ?2)", id, elsewhere),
            TestContext.Current.CancellationToken);

        using var deleted = await host.Http.DeleteAsync($"files/{id}", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.True(File.Exists(elsewhere));
    }

    [Fact]
    public async Task A_time_is_the_true_Unix_time()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        await using var host = await HostUnderTest.StartAsync(configure: app => app.Services.AddSingleton<TimeProvider>(time));

        var file = await Upload.FileAsync(host, "a.txt", "x");

        Assert.Equal(1_800_000_000, (long)file["created_at"]!);
        Assert.Equal(1_800_000_000, (long)(await host.GetJsonAsync($"files/{file["id"]}"))["created_at"]!);
    }

    static IEnumerable<string> Ids(JsonNode list) => list["data"]!.AsArray().Select(f => (string)f!["id"]!);
}
