using System.Text.Json.Nodes;
using Cowork.Host.Features.Artifacts;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Artifacts;

/// <summary>What agents make for the user, and what the host says about it.</summary>
public sealed class ArtifactTests : IAsyncLifetime
{
    HostUnderTest _host = null!;
    CoworkClient _client = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Root => Path.Combine(_host.Home, ".cowork", "projects", "general", ".anton", "artifacts");

    public async ValueTask InitializeAsync()
    {
        _host = await HostUnderTest.StartWithScriptsAsync();
        _client = new(_host.Http.BaseAddress!);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return _host.DisposeAsync();
    }

    [Theory]
    [InlineData("Sales Report!", "sales-report", "as the earlier server made it")]
    [InlineData("  --A__b..c-- ", "a__b..c", "edges are stripped")]
    [InlineData("!!!", "untitled-artifact", "nothing is left")]
    [InlineData("Отчёт", "untitled-artifact-0a1b2c3d", "other scripts are told apart by the id")]
    [InlineData("Umsätze 2024", "ums-tze-2024-0a1b2c3d", "so is what lost some letters")]
    public void A_name_becomes_a_folder(string name, string slug, string reason) =>
        Assert.True(ArtifactSlug.Of(name, "0a1b2c3d") == slug, $"{reason}: {ArtifactSlug.Of(name, "0a1b2c3d")}");

    [Fact]
    public void A_slug_is_never_longer_than_a_folder_should_be() =>
        Assert.Equal(64, ArtifactSlug.Of($"ä{new string('x', 100)}", "0a1b2c3d").Length);

    [Fact]
    public async Task A_new_artifact_is_announced_at_once_and_its_files_when_the_turn_ends()
    {
        var conversation = Guid.NewGuid();
        var frames = await AskAsync("artifact|html-app|Sales Report\nwrite|.anton/artifacts/sales-report/page/index.html|<h1>\nwrite|.anton/artifacts/sales-report/data.csv|1\nsay|Here.", conversation);
        Assert.Equal(
            ["response.created", "response.artifact_created", "response.output_text.delta", "response.output_text.delta", "response.artifact_updated", "response.completed"],
            frames.Select(f => f.Event));
        var (made, updated) = (frames[1].Json["artifact"]!, frames[4].Json["artifact"]!);
        var folder = Path.Combine(Root, "sales-report");
        Assert.Equal(("Sales Report", "html-app", folder, folder), (Text(made, "title"), Text(made, "type"), Text(made, "folder"), Text(made, "path")));
        Assert.Equal(Path.Combine(folder, "page", "index.html"), Text(updated, "path"));
        Assert.Equal(Text(made, "id"), Text(updated, "id"));
        Assert.Null(updated["primary"]);
        var items = await _client.ItemsAsync(conversation, Ct);
        Assert.Contains(((JsonArray)items[1]!["events"]!), e => Text(e!, "type") == "response.artifact_updated");
    }

    [Fact]
    public async Task The_metadata_says_which_files_there_are_and_which_turn_made_them()
    {
        var conversation = Guid.NewGuid();
        await AskAsync("artifact|document|Überblick\nsay|one", conversation);
        var slug = Path.GetFileName(Directory.EnumerateDirectories(Root).Single());
        await AskAsync($"write|.anton/artifacts/{slug}/a.md|text\nfail|oops|It failed.", conversation);

        var text = await File.ReadAllTextAsync(Path.Combine(Root, slug, "metadata.json"), Ct);
        var metadata = JsonNode.Parse(text)!;
        Assert.StartsWith("{\n  \"schemaVersion\": 1,\n  \"id\": \"", text, StringComparison.Ordinal);
        Assert.Contains("\"name\": \"Überblick\"", text, StringComparison.Ordinal);
        Assert.EndsWith("\n}", text, StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{8}$", Text(metadata, "id")!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$", Text(metadata, "updatedAt")!);
        var file = Assert.Single((JsonArray)metadata["files"]!)!;
        Assert.Equal(("a.md", 4), (Text(file, "path"), file["bytes"]!.GetValue<int>()));
        var origin = Assert.Single((JsonArray)metadata["provenance"]!)!;
        Assert.Equal(conversation.ToString(), Text(origin, "conversation"));
        Assert.StartsWith("artifact|document", Text(origin, "title"), StringComparison.Ordinal);
        Assert.Equal([0, 1], ((JsonArray)origin["turns"]!).Select(t => t!["index"]!.GetValue<int>()));
        Assert.Equal("""["a.md"]""", origin["turns"]![1]!["files_touched"]!.ToJsonString());
        var readme = await File.ReadAllTextAsync(Path.Combine(Root, slug, "README.md"), Ct);
        Assert.StartsWith("# Überblick\n\n*document · 1 file · updated 20", readme, StringComparison.Ordinal);
        Assert.Contains("\n## Files\n\n- `a.md` (1 KB)\n", readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_turns_in_one_project_each_has_made_what_it_made()
    {
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        await _host.StartScriptAsync("artifact|mixed|First\nwrite|began.txt|x\nuntil|go.txt\nwrite|.anton/artifacts/first/later.txt|1", one);
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(Path.Combine(Root, "..", "..", "began.txt"))), Ct);
        var frames = await AskAsync("artifact|mixed|Second\nwrite|.anton/artifacts/second/a.txt|1\nwrite|go.txt|x\nuntil|.anton/artifacts/first/later.txt", other);
        Assert.Equal(["second", "second"], ArtifactsOf(frames));
        Assert.Equal(["first", "first"], ArtifactsOf(await _client.TailAsync(one, 0, Ct).ToListAsync(Ct)));
        var provenance = (JsonArray)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Root, "first", "metadata.json"), Ct))!["provenance"]!;
        Assert.Equal(one.ToString(), Text(Assert.Single(provenance)!, "conversation"));

        static IEnumerable<string> ArtifactsOf(IEnumerable<Frame> frames) =>
            frames.Where(f => f.Event.StartsWith("response.artifact_", StringComparison.Ordinal)).Select(f => f.Json["artifact"]!["slug"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_turn_that_touches_nothing_says_nothing()
    {
        await AskAsync("artifact|mixed|Quiet\nwrite|.anton/artifacts/quiet/a.txt|1", Guid.NewGuid());
        var metadata = File.ReadAllText(Path.Combine(Root, "quiet", "metadata.json"));
        var frames = await AskAsync("write|.anton/artifacts/quiet/backend.log|noise\nwrite|.anton/artifacts/quiet/__pycache__/x|1\nsay|no", Guid.NewGuid());
        Assert.DoesNotContain(frames, f => f.Event.Contains("artifact", StringComparison.Ordinal));
        Assert.Equal(metadata, File.ReadAllText(Path.Combine(Root, "quiet", "metadata.json")));
    }

    [Fact]
    public async Task An_artifact_that_an_agent_wrote_by_hand_is_new_too_and_unknown_fields_stay()
    {
        var frames = await AskAsync("""write|.anton/artifacts/own/metadata.json|{"name":"Own","type":7,"later":{"kept":1}}""", Guid.NewGuid());
        var made = Assert.Single(frames, f => f.Event == "response.artifact_created").Json["artifact"]!;
        Assert.Equal(("own", "Own", "mixed"), (Text(made, "id"), Text(made, "title"), Text(made, "type")));
        Assert.Equal("""{"kept":1}""", JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "own", "metadata.json")))!["later"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{not json")]
    [InlineData("[1]")]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("{} {}")]
    public async Task Damaged_metadata_hides_that_artifact_only(string metadata)
    {
        await AskAsync("artifact|mixed|Whole\nwrite|.anton/artifacts/whole/a.txt|1", Guid.NewGuid());
        Directory.CreateDirectory(Path.Combine(Root, "broken"));
        await File.WriteAllTextAsync(Path.Combine(Root, "broken", "metadata.json"), metadata, Ct);
        Assert.Equal("whole mixed a.txt", await SayAsync("artifacts"));
        Assert.Equal("completed", (await _host.RunScriptAsync("write|.anton/artifacts/broken/x|1", Guid.NewGuid()))["status"]!.GetValue<string>());
        Assert.Equal(metadata, await File.ReadAllTextAsync(Path.Combine(Root, "broken", "metadata.json"), Ct));
    }

    [Fact]
    public async Task Links_are_not_followed()
    {
        await AskAsync("artifact|mixed|Real\nwrite|.anton/artifacts/real/a.txt|1", Guid.NewGuid());
        var outside = Directory.CreateDirectory(Path.Combine(_host.Home, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "metadata.json"), """{"name":"Secret"}""", Ct);
        await File.WriteAllTextAsync(Path.Combine(outside, "index.html"), "secret", Ct);
        Directory.CreateSymbolicLink(Path.Combine(Root, "linked"), outside);
        Directory.CreateSymbolicLink(Path.Combine(Root, "real", "folder"), outside);
        File.CreateSymbolicLink(Path.Combine(Root, "real", "file.html"), Path.Combine(outside, "index.html"));
        Assert.Equal("real mixed a.txt", await SayAsync("artifacts"));
        Assert.Equal("none", await SayAsync("find|linked"));
        Assert.Equal("none", await SayAsync("find|../artifacts/real"));
        Assert.Equal("Real", await SayAsync("find|real"));
        Directory.Delete(Path.Combine(Root, "linked"));
    }

    [Theory]
    [InlineData("artifact|poem|X")]
    [InlineData("artifact|mixed|  ")]
    [InlineData("artifact|mixed|X|../out.html")]
    [InlineData("artifact|mixed|X|metadata.json")]
    [InlineData("primary|nowhere|a.html")]
    [InlineData("primary|..|a.html")]
    public async Task What_cannot_be_is_refused_and_leaves_nothing(string script)
    {
        var turn = await _host.RunScriptAsync(script, Guid.NewGuid());
        Assert.Equal("invalid_artifact", turn["error"]!["code"]!.GetValue<string>());
        Assert.Empty(Directory.Exists(Root) ? Directory.EnumerateFileSystemEntries(Root) : []);
    }

    [Fact]
    public async Task A_taken_name_gets_a_number_and_a_change_is_kept()
    {
        Assert.Equal("plan\nplan-2\nsub/a.html\n", await SayAsync("artifact|mixed|Plan\nartifact|mixed|Plan\nprimary|plan-2|./sub/../sub/a.html"));
        var metadata = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Root, "plan-2", "metadata.json"), Ct))!;
        Assert.Equal(("sub/a.html", 8123), (Text(metadata, "primary"), metadata["port"]!.GetValue<int>()));
    }

    async Task<List<Frame>> AskAsync(string script, Guid conversation)
    {
        await _host.RunScriptAsync(script, conversation);
        return await _client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
    }

    async Task<string> SayAsync(string script) => HostUnderTest.TextOf(await _host.RunScriptAsync(script, Guid.NewGuid()));

    static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();
}
