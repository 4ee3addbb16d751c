using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.ProjectFiles;

/// <summary>No spelling of a path leaves the project.</summary>
public sealed class TraversalTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("../outside.txt")] // plain, which the server removes before it looks for a route
    [InlineData("..%2Foutside.txt")] // an escaped slash
    [InlineData("%2e%2e/outside.txt")] // escaped dots
    [InlineData("%2e%2e%2foutside.txt")] // both escaped
    [InlineData("..%5Coutside.txt")] // a backslash
    [InlineData("..%5c..%2foutside.txt")] // mixed
    [InlineData("sub/..%2F..%2Foutside.txt")] // down first
    [InlineData("sub%2F..%2F..%2Foutside.txt")] // down first, escaped
    [InlineData("a/../..%2Foutside.txt")] // dots on both levels
    [InlineData("link%2Foutside.txt")] // through a linked folder
    [InlineData("link/outside.txt")] // the same, plain
    [InlineData("file-link.txt")] // through a linked file
    [InlineData("dangling-link.txt")] // a link to a file that does not exist yet
    [InlineData("loop/loop/../../../outside.txt")] // a link to itself
    [InlineData("%00/../outside.txt")] // NUL
    [InlineData("..%00%2Foutside.txt")] // NUL after the dots
    public async Task Nothing_outside_is_read_written_or_deleted(string path)
    {
        var outside = Path.Combine(shared.Projects, "outside.txt");
        var folder = Path.Combine(shared.Projects, "general");
        await File.WriteAllTextAsync(outside, "secret", Ct);
        Link(Path.Combine(folder, "link"), shared.Projects);
        Link(Path.Combine(folder, "file-link.txt"), outside);
        Link(Path.Combine(folder, "dangling-link.txt"), Path.Combine(shared.Projects, "new.txt"));
        Link(Path.Combine(folder, "loop"), Path.Combine(folder, "loop"));

        foreach (var route in new[] { "files", "files-raw" })
            await AssertRefusedAsync(HttpMethod.Get, $"{route}/{path}");
        await AssertRefusedAsync(HttpMethod.Put, $"files/{path}");
        await AssertRefusedAsync(HttpMethod.Delete, $"files/{path}");

        Assert.Equal("secret", await File.ReadAllTextAsync(outside, Ct));
        Assert.False(File.Exists(Path.Combine(shared.Projects, "new.txt")));
    }

    [Theory]
    [InlineData("../outside.html")] // up
    [InlineData("..\\outside.html")] // up, with a backslash
    [InlineData("a/../../outside.html")] // down and up
    [InlineData("x\0.html")] // NUL
    [InlineData("")] // nothing
    public async Task Nothing_outside_is_mounted_as_a_preview(string path)
    {
        await File.WriteAllTextAsync(Path.Combine(shared.Projects, "outside.html"), "secret", Ct);
        Assert.Equal(400, (await shared.PostAsync("projects/preview-mount-file", new JsonObject { ["name"] = "general", ["path"] = path })).Status);
    }

    [Theory]
    [InlineData("nul", "aux.c")] // devices
    [InlineData("sub%2Fcon", "con")] // in a folder
    [InlineData("two%0Alines", "two\nlines")] // a control character
    [InlineData("aux.", "aux.")] // Windows drops the dot
    public async Task A_new_file_gets_no_name_that_some_system_cannot_keep(string path, string name)
    {
        Assert.Equal(400, (await shared.PutAsync($"projects/general/files/{path}", new JsonObject { ["content"] = "x" })).Status);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Such a file cannot be there.");
        // What is there already is the user's.
        var file = Path.Combine(shared.Projects, "general", name);
        await File.WriteAllTextAsync(file, "mine", Ct);
        var url = $"projects/general/files/{Uri.EscapeDataString(name)}";
        Assert.Equal("mine", (string?)(await shared.Host.GetJsonAsync(url))["content"]);
        Assert.Equal(200, (await shared.PutAsync(url, new JsonObject { ["content"] = "changed" })).Status);
        Assert.Equal(200, (await shared.DeleteAsync(url)).Status);
    }

    async Task AssertRefusedAsync(HttpMethod method, string path)
    {
        // The client of .NET would tidy the path up before sending it.
        var uri = new Uri($"{shared.Host.Http.BaseAddress}projects/general/{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, uri);
        if (method == HttpMethod.Put)
            request.Content = JsonContent.Create(new JsonObject { ["content"] = "changed" });
        using var answer = await shared.Host.Http.SendAsync(request, Ct);
        Assert.True((int)answer.StatusCode is 400 or 404 or 405, $"{method} {path}: {answer.StatusCode}");
        Assert.DoesNotContain("secret", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    static void Link(string path, string target)
    {
        if (new FileInfo(path).LinkTarget is null)
            File.CreateSymbolicLink(path, target);
    }
}
