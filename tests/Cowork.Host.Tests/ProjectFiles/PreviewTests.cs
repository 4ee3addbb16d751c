using System.Net;
using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.ProjectFiles;

public sealed class PreviewTests : IAsyncLifetime
{
    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_preview_can_reach_its_own_files_and_the_web_but_not_the_api()
    {
        using var page = await _host.Http.GetAsync(await MountAsync("site", "site/index.html"), Ct);
        Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        var policy = page.Headers.GetValues("Content-Security-Policy").Single().Split("; ");
        Assert.Contains(policy, p => p.StartsWith("sandbox", StringComparison.Ordinal) && !p.Contains("same-origin", StringComparison.Ordinal));
        var connect = policy.Single(p => p.StartsWith("connect-src", StringComparison.Ordinal));
        var own = $"{_host.Http.BaseAddress}projects/preview-asset/";
        Assert.All(connect.Split(' ').Where(s => s.StartsWith("http:", StringComparison.Ordinal)), s => Assert.StartsWith(own, s, StringComparison.Ordinal));
        Assert.Contains("form-action 'none'", policy);
    }

    [Fact]
    public async Task A_preview_outlives_a_restart_but_not_its_project()
    {
        var url = await MountAsync("kept", "sub/dir/page.HTML");
        await _host.RestartAsync();
        Assert.Equal("<h1>hi</h1>", await _host.Http.GetStringAsync(url, Ct));

        var project = (await _host.GetJsonAsync("projects")).AsArray().Single(p => p!["name"]!.GetValue<string>() == "kept")!["id"]!;
        await _host.SendAsync(HttpMethod.Delete, $"projects/{project}");
        using var gone = await _host.Http.GetAsync(url, Ct);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("..%2Fsecret.txt", 403)] // up
    [InlineData("..%5Csecret.txt", 403)] // up, with a backslash
    [InlineData("out/secret.txt", 403)] // through a link
    [InlineData("nothing.js", 404)] // not there
    [InlineData("folder", 404)] // no file
    public async Task A_preview_shows_only_its_own_folder(string path, int status)
    {
        var url = await MountAsync("walled", "site/index.html");
        var root = Path.Combine(_host.Home, ".cowork", "projects", "walled");
        await File.WriteAllTextAsync(Path.Combine(root, "secret.txt"), "secret", Ct);
        Directory.CreateDirectory(Path.Combine(root, "site", "folder"));
        Directory.CreateSymbolicLink(Path.Combine(root, "site", "out"), root);
        using var answer = await _host.Http.GetAsync($"{url[..^"index.html".Length]}{path}", Ct);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.DoesNotContain("secret.txt\n", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_with_an_odd_name_has_a_url_that_works()
    {
        var url = await MountAsync("odd", "a b/100% #1?.html");
        Assert.Equal("<h1>hi</h1>", await _host.Http.GetStringAsync(url, Ct));
    }

    async Task<string> MountAsync(string project, string path)
    {
        await _host.SendAsync(HttpMethod.Post, "projects", new JsonObject { ["name"] = project });
        var file = Path.Combine(_host.Home, ".cowork", "projects", project, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "<h1>hi</h1>", Ct);
        var (status, mounted) = await _host.SendAsync(HttpMethod.Post, "projects/preview-mount-file", new JsonObject { ["name"] = project, ["path"] = path });
        Assert.Equal(200, status);
        return mounted!["relUrl"]!.GetValue<string>()[1..];
    }
}
