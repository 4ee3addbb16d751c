using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.ProjectFiles;

public sealed class ProjectFilesTests(SharedHost shared) : IClassFixture<SharedHost>
{
    const string Files = "projects/general/files";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Folder => Path.Combine(shared.Projects, "general");

    [Theory]
    [InlineData("a\r\nb\r\n")] // line ends of Windows
    [InlineData("\ufefftext")] // a byte order mark
    [InlineData("a\0b\u001bc")] // control characters
    [InlineData("日本 🚀 \u2028")] // beyond ASCII
    [InlineData("")] // nothing
    public async Task A_text_comes_back_as_it_was_written(string text)
    {
        var path = Path.Combine(Folder, "exact.txt");
        Assert.Equal(200, (await shared.PutAsync($"{Files}/exact.txt", new JsonObject { ["content"] = text })).Status);
        Assert.Equal(Encoding.UTF8.GetBytes(text), await File.ReadAllBytesAsync(path, Ct));
        var (_, read) = await shared.GetAsync($"{Files}/exact.txt");
        Assert.Equal(text, read!["content"]!.GetValue<string>());
        Assert.Equal(new FileInfo(path).Length, read["size"]!.GetValue<long>());
    }

    [Fact]
    public async Task The_list_holds_what_is_the_projects_and_nothing_else()
    {
        var folder = (await shared.NewProjectAsync("listing"))["path"]!.GetValue<string>();
        string Make(string path, string text = "x")
        {
            var full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
            return full;
        }

        foreach (var path in new[] { "b.txt", "a/z.txt", "a/b/c.txt", ".hidden", ".anton/notes.md", ".anton/memory/rules.md", "B.txt", "日本.txt" })
            Make(path);
        foreach (var path in new[] { ".anton/.env", ".anton/scratchpad-venvs/v/lib/x.py", ".anton/explainability/e.json", ".abcdefgh.abc.tmp" })
            Make(path, "SECRET");
        var outside = Path.Combine(shared.Host.Home, "outside.txt");
        await File.WriteAllTextAsync(outside, "SECRET", Ct);
        File.CreateSymbolicLink(Path.Combine(folder, "inside-link.txt"), Path.Combine(folder, "b.txt"));
        File.CreateSymbolicLink(Path.Combine(folder, "outside-link.txt"), outside);
        File.CreateSymbolicLink(Path.Combine(folder, "broken-link.txt"), Path.Combine(folder, "nothing"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "linked-folder"), shared.Host.Home);
        Directory.CreateSymbolicLink(Path.Combine(folder, "a", "loop"), folder);

        var files = (JsonArray)(await shared.GetAsync("projects/listing/files")).Body!["files"]!;

        Assert.Equal(
            [".anton/anton.md", ".anton/memory/rules.md", ".anton/notes.md", ".hidden", "B.txt", "a/b/c.txt", "a/z.txt", "b.txt", "inside-link.txt", "日本.txt"],
            files.Select(f => f!["path"]!.GetValue<string>()));
        Assert.Equal(1, files.Single(f => f!["path"]!.GetValue<string>() == "inside-link.txt")!["size"]!.GetValue<int>());
        Assert.True(files[0]!["synthetic"]!.GetValue<bool>());
        Assert.All(files.Skip(1), f => Assert.Null(f!["synthetic"]));
    }

    [Fact]
    public async Task Instructions_are_offered_until_they_are_written_and_after_they_are_deleted()
    {
        await shared.NewProjectAsync("instructed");
        const string Path = "projects/instructed/files/.anton/anton.md";
        Assert.True((await shared.GetAsync("projects/instructed/instructions")).Body!["file"]!["synthetic"]!.GetValue<bool>());
        Assert.Equal(404, (await shared.DeleteAsync(Path)).Status);
        await shared.PutAsync(Path, new JsonObject { ["content"] = "Rhyme." });
        Assert.Null((await shared.GetAsync("projects/instructed/instructions")).Body!["file"]!["synthetic"]);
        Assert.Equal(200, (await shared.DeleteAsync(Path)).Status);
        Assert.Equal("", (await shared.GetAsync(Path)).Body!["content"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("deep%2Fdown.txt", "deep/down.txt")] // a client that escapes the whole path
    [InlineData("deep%5Cdown.txt", "deep/down.txt")] // a backslash
    [InlineData("100%252Fday.txt", "100%2Fday.txt")] // a name that holds an escape
    [InlineData("a%20b%23c%3Fd.txt", "a b#c?d.txt")] // what has a meaning in URLs
    [InlineData("upload", "upload")] // the name of another route
    [InlineData("a/./b/../c.txt", "a/c.txt")] // dots that stay inside
    [InlineData("%2F%2Fabs.txt", "abs.txt")] // leading slashes
    public async Task A_path_is_read_as_the_client_meant_it(string sent, string meant)
    {
        var (status, body) = await shared.PutAsync($"{Files}/{sent}", new JsonObject { ["content"] = sent });
        Assert.Equal((200, meant), (status, body!["path"]!.GetValue<string>()));
        Assert.Equal(sent, await File.ReadAllTextAsync(Path.Combine(Folder, meant), Ct));
        Assert.Equal(sent, (await shared.GetAsync($"{Files}/{sent}")).Body!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_path_that_no_file_can_have_is_the_clients_mistake()
    {
        await shared.PutAsync($"{Files}/plain", new JsonObject { ["content"] = "x" });
        foreach (var path in new[] { "plain/below.txt", new string('n', 300), "" })
            Assert.Equal(400, (await shared.PutAsync($"{Files}/{path}", new JsonObject { ["content"] = "y" })).Status);
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(Folder, "plain"), Ct));
    }

    [Fact]
    public async Task Half_a_surrogate_pair_cannot_be_written()
    {
        using var half = new StringContent("""{"content": "x\udc00"}""", Encoding.UTF8, "application/json");
        using var answer = await shared.Host.Http.PutAsync($"{Files}/half.txt", half, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.False(File.Exists(Path.Combine(Folder, "half.txt")));
    }

    [Fact]
    public async Task A_saved_script_stays_executable_and_a_link_stays_a_link()
    {
        if (OperatingSystem.IsWindows())
            return;
        var script = Path.Combine(Folder, "run.sh");
        await File.WriteAllTextAsync(script, "#!/bin/sh", Ct);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(Folder, "link.sh"), script);
        await shared.PutAsync($"{Files}/link.sh", new JsonObject { ["content"] = "new" });
        Assert.Equal("new", await File.ReadAllTextAsync(script, Ct));
        Assert.True(File.GetUnixFileMode(script).HasFlag(UnixFileMode.UserExecute));
        Assert.NotNull(new FileInfo(Path.Combine(Folder, "link.sh")).LinkTarget);
    }

    [Theory]
    [InlineData("report.csv", "attachment; filename=report.csv; filename*=UTF-8''report.csv", "text/csv; charset=utf-8")]
    [InlineData("say \"hi\".txt", null, "text/plain; charset=utf-8")] // quotes
    [InlineData("日本 🚀.md", null, "text/markdown; charset=utf-8")] // beyond Latin-1
    [InlineData("page.html", null, "text/html; charset=utf-8")] // saved, never shown
    [InlineData("no-extension", null, "application/octet-stream")]
    public async Task A_download_carries_any_name(string name, string? header, string type)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, name), "0123456789", Ct);
        using var answer = await shared.Host.Http.GetAsync($"projects/general/files-raw/{Uri.EscapeDataString(name)}", Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var disposition = answer.Content.Headers.ContentDisposition!;
        Assert.Equal("attachment", disposition.DispositionType);
        Assert.Equal(name, disposition.FileNameStar);
        Assert.Equal(header ?? disposition.ToString(), disposition.ToString());
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_download_can_go_on_where_it_broke_off_unless_the_file_changed()
    {
        var path = Path.Combine(Folder, "long.bin");
        await File.WriteAllTextAsync(path, "0123456789", Ct);
        using var whole = await shared.Host.Http.GetAsync("projects/general/files-raw/long.bin", Ct);
        async Task<(HttpStatusCode, string)> RestAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "projects/general/files-raw/long.bin");
            request.Headers.Range = new(4, null);
            request.Headers.IfRange = new(whole.Headers.ETag!);
            using var answer = await shared.Host.Http.SendAsync(request, Ct);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
        }

        Assert.Equal((HttpStatusCode.PartialContent, "456789"), await RestAsync());
        await File.WriteAllTextAsync(path, "abcdefghijk", Ct);
        Assert.Equal((HttpStatusCode.OK, "abcdefghijk"), await RestAsync());
    }

    [Fact]
    public async Task A_project_whose_folder_is_gone_has_no_files()
    {
        var folder = (await shared.NewProjectAsync("emptied"))["path"]!.GetValue<string>();
        Directory.Delete(folder);
        Assert.Equal(404, (await shared.GetAsync("projects/emptied/files")).Status);
        Assert.Equal(404, (await shared.GetAsync("projects/EMPTIED/files")).Status);
        Assert.Equal(404, (await shared.PutAsync("projects/emptied/files/x", new JsonObject { ["content"] = "x" })).Status);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Errors_of_reading_say_what_the_client_looks_for()
    {
        await File.WriteAllBytesAsync(Path.Combine(Folder, "binary"), [0xff, 0xfe, 0], Ct);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "large"), new byte[2 * 1024 * 1024 + 1], Ct);
        var (binary, binaryBody) = await shared.GetAsync($"{Files}/binary");
        var (large, largeBody) = await shared.GetAsync($"{Files}/large");
        Assert.Equal((415, 413), (binary, large));
        Assert.Contains("not valid UTF-8", binaryBody!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("too large", largeBody!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
