using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Search;
using Cowork.Host.Platform.Backup;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Tests.Search;
using Cowork.TestKit;

namespace Cowork.Host.Tests.ProjectFiles;

/// <summary>Opening a pipe waits for ever, so nobody may open one: it counts as not there.</summary>
public sealed class PipeTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Project => Path.Combine(shared.Projects, "general");

    [Fact]
    public async Task A_search_passes_by_a_pipe()
    {
        MakePipe(Path.Combine(Project, "search", "pipe"));
        MakePipe(Path.Combine(Project, ".anton", "artifacts", "piped", "metadata.json"));
        shared.Host.WriteFile("search/beside.txt", "a wombat beside a pipe");
        await Eventually.TrueAsync(async () => (await shared.Host.GetJsonAsync("search?q=wombat"))["results"]!.AsArray().Count == 1, Ct);
        Assert.True(shared.Host.Get<ProjectScan>().EnsureFresh().IsCompleted);
    }

    [Theory]
    [InlineData("files/pipes/pipe")] // as text
    [InlineData("files-raw/pipes/pipe")] // as bytes
    [InlineData("files-raw/pipes/link")] // through a link
    public async Task A_pipe_is_no_file_of_a_project(string path)
    {
        MakePipe(Path.Combine(Project, "pipes", "pipe"));
        var link = Path.Combine(Project, "pipes", "link");
        if (!Path.Exists(link))
            File.CreateSymbolicLink(link, Path.Combine(Project, "pipes", "pipe"));
        Assert.Equal(404, (await shared.GetAsync($"projects/general/{path}")).Status);
        var listed = (await shared.Host.GetJsonAsync("projects/general/files"))["files"]!.AsArray().Select(f => (string)f!["path"]!);
        Assert.DoesNotContain(listed, p => p.StartsWith("pipes/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_preview_does_not_serve_a_pipe()
    {
        shared.Host.WriteFile("site/index.html", "<h1>hi</h1>");
        MakePipe(Path.Combine(Project, "site", "data.json"));
        var (_, mounted) = await shared.PostAsync("projects/preview-mount-file", new JsonObject { ["name"] = "general", ["path"] = "site/index.html" });
        Assert.Equal(404, (await shared.GetAsync($"projects/preview-asset/{mounted!["token"]}/data.json")).Status);
    }

    [Fact]
    public async Task Instructions_that_are_a_pipe_count_as_unwritten()
    {
        var project = await shared.NewProjectAsync("piped-instructions");
        MakePipe(Path.Combine((string)project["path"]!, ".anton", "anton.md"));
        Assert.Equal("", (string?)(await shared.Host.GetJsonAsync("projects/piped-instructions/files/.anton/anton.md"))["content"]);
        Assert.Equal(200, (await shared.PutAsync("projects/piped-instructions/files/.anton/anton.md", new JsonObject { ["content"] = "written" })).Status);
        Assert.Equal("written", (string?)(await shared.Host.GetJsonAsync("projects/piped-instructions/files/.anton/anton.md"))["content"]);
    }

    [Fact]
    public async Task A_fork_leaves_out_an_upload_whose_bytes_are_a_pipe()
    {
        var conversation = await shared.NewConversationAsync();
        var (id, path) = await shared.AddUploadAsync("general", conversation.ToString());
        File.Delete(path);
        MakePipe(path);
        Assert.Equal(404, (await shared.GetAsync($"files/{id}/content")).Status);
        var (status, copy) = await shared.PostAsync($"conversations/{conversation}/fork", null);
        Assert.Equal(201, status);
        Assert.Empty((await shared.Host.GetJsonAsync($"attachments/general/{copy!["id"]}")).AsArray());
    }

    [Fact]
    public void A_backup_says_that_it_leaves_pipes_out()
    {
        MakePipe(Path.Combine(Project, "backup", "pipe"));
        shared.Host.WriteFile("backup/kept.txt", "kept");
        var archive = Path.Combine(shared.Host.Home, "pipes.zip");
        var report = new BackupWriter(ServerOptions.Read(_ => null, shared.Host.Home), TimeProvider.System).Write(archive);
        Assert.Contains(report.Remarks, r => r.Contains("pipes, sockets or devices", StringComparison.Ordinal));
        using var zip = ZipFile.OpenRead(archive);
        Assert.NotNull(zip.GetEntry("projects/general/backup/kept.txt"));
        Assert.Null(zip.GetEntry("projects/general/backup/pipe"));
    }

    static void MakePipe(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among its files.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Path.Exists(path))
            return;
        using var made = Process.Start("mkfifo", [path]);
        Assert.True(made.WaitForExit(10_000) && made.ExitCode == 0, "mkfifo failed");
    }
}
