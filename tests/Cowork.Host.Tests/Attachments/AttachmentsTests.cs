using System.Text.Json.Nodes;
using Cowork.Host.Tests.Files;

namespace Cowork.Host.Tests.Attachments;

public sealed class AttachmentsTests
{
    const string Mine = "a77ac400-0000-4000-8000-000000000001";
    const string Other = "a77ac400-0000-4000-8000-000000000002";

    [Fact]
    public async Task Uploads_belong_to_a_conversation_that_need_not_exist_however_its_id_is_written()
    {
        await using var host = await HostUnderTest.StartAsync();
        var first = await Upload.AttachAsync(host, Mine, "a.txt", "x");
        var second = await Upload.AttachAsync(host, Mine.ToUpperInvariant().Replace("-", "", StringComparison.Ordinal), "b.txt", "y");

        var all = await host.GetJsonAsync($"attachments/general/{Mine}");
        var one = await host.GetJsonAsync($"attachments/general/{Mine}?ids={second["id"]}&ids=unknown");

        Assert.Equal([(string)first["id"]!, (string)second["id"]!], all.AsArray().Select(a => (string)a!["id"]!));
        Assert.Equal([(string)second["id"]!], one.AsArray().Select(a => (string)a!["id"]!));
        Assert.Empty((await host.GetJsonAsync($"attachments/general/{Other}")).AsArray());
        Assert.Empty((await host.GetJsonAsync("attachments/no such project/tmp-1")).AsArray());
    }

    [Fact]
    public async Task Another_conversations_attachment_cannot_be_read_moved_or_deleted()
    {
        await using var host = await HostUnderTest.StartAsync();
        var id = (string)(await Upload.AttachAsync(host, Mine, "a.txt", "x"))["id"]!;

        foreach (var path in new[] { $"attachments/general/{Other}/{id}", $"attachments/else/{Mine}/{id}" })
        {
            Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"{path}/raw")).Status);
            Assert.Equal(404, (await host.SendAsync(HttpMethod.Post, $"{path}/move-to-project")).Status);
            Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, path)).Status);
        }

        Assert.Single((await host.GetJsonAsync($"attachments/general/{Mine}")).AsArray());
    }

    [Fact]
    public async Task A_file_that_is_no_attachment_is_not_deleted_as_one()
    {
        await using var host = await HostUnderTest.StartAsync();
        var file = await Upload.FileAsync(host, "a.txt", "x", "user_data");

        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, $"attachments/{file["id"]}")).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, $"files/{file["id"]}")).Status);
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_fine()
    {
        await using var host = await HostUnderTest.StartAsync();
        var id = (string)(await Upload.AttachAsync(host, Mine, "a.txt", "x"))["id"]!;

        foreach (var path in new[] { $"attachments/{id}", $"attachments/{id}", $"attachments/general/{Mine}/{id}", $"attachments/x/y/{Guid.NewGuid()}" })
        {
            var (status, body) = await host.SendAsync(HttpMethod.Delete, path);
            Assert.Equal(200, status);
            Assert.True((bool)body!["ok"]!);
        }
    }

    [Theory]
    [InlineData("text/html", true)] // pages
    [InlineData("image/svg+xml", true)] // images that are pages
    [InlineData("application/xhtml+xml", true)] // pages under another name
    [InlineData("text/xml", true)] // can bring a style sheet with scripts
    [InlineData("application/x-unheard-of", true)] // who knows
    [InlineData("image/png", false)]
    [InlineData("text/plain", false)]
    [InlineData("application/pdf", false)] // a sandbox would keep the browser's viewer from showing it
    public async Task What_could_run_scripts_is_shown_in_a_sandbox(string type, bool sandboxed)
    {
        await using var host = await HostUnderTest.StartAsync();
        var id = (string)(await Upload.AttachAsync(host, Mine, "x", "<script>fetch('/api/v1/settings')</script>", type))["id"]!;

        using var raw = await host.Http.GetAsync($"attachments/general/{Mine}/{id}/raw", TestContext.Current.CancellationToken);

        Assert.Equal("inline", raw.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("nosniff", Assert.Single(raw.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal(sandboxed, raw.Headers.TryGetValues("Content-Security-Policy", out var policy) && policy.Single().Split(';')[0] == "sandbox");
    }

    [Fact]
    public async Task Moving_takes_the_next_free_name_and_overwrites_nothing()
    {
        await using var host = await HostUnderTest.StartAsync();
        var project = Path.Combine(host.Home, ".cowork", "projects", "general");
        Directory.CreateDirectory(Path.Combine(project, "report-2.csv"));
        await File.WriteAllTextAsync(Path.Combine(project, "report.csv"), "old", TestContext.Current.CancellationToken);
        var id = (string)(await Upload.AttachAsync(host, Mine, "report.csv", "new", "text/csv"))["id"]!;

        var (status, moved) = await host.SendAsync(HttpMethod.Post, $"attachments/general/{Mine}/{id}/move-to-project");

        Assert.Equal(200, status);
        Assert.Equal("report-3.csv", (string?)moved!["project_path"]);
        Assert.Equal(Path.Combine(project, "report-3.csv"), (string?)moved["absolute_path"]);
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(project, "report-3.csv"), TestContext.Current.CancellationToken));
        Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(project, "report.csv"), TestContext.Current.CancellationToken));
        Assert.Empty((await host.GetJsonAsync($"attachments/general/{Mine}")).AsArray());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(host.Home, ".cowork", "files")));
    }

    [Fact]
    public async Task Moves_at_the_same_time_take_different_names()
    {
        await using var host = await HostUnderTest.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 8; i++)
            ids.Add((string)(await Upload.AttachAsync(host, Mine, "same.txt", $"{i}"))["id"]!);

        await Task.WhenAll(ids.Select(id => host.SendAsync(HttpMethod.Post, $"attachments/general/{Mine}/{id}/move-to-project")));

        var files = Directory.EnumerateFiles(Path.Combine(host.Home, ".cowork", "projects", "general"), "same*.txt");
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7"], files.Select(File.ReadAllText).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_upload_without_files_is_refused()
    {
        await using var host = await HostUnderTest.StartAsync();

        Assert.Equal(422, (await Upload.PostAsync(host, $"attachments/general/{Mine}/upload", new FormPart("other", "x", "a.txt"))).Status);
        Assert.Equal(422, (await host.SendAsync(HttpMethod.Post, $"attachments/general/{Mine}/upload", new JsonObject())).Status);
    }
}
