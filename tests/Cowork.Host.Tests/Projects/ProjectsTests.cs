using System.Net;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Projects;

namespace Cowork.Host.Tests.Projects;

public sealed class ProjectsTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_is_found_by_its_id_in_every_spelling()
    {
        var project = await shared.NewProjectAsync("findable");
        var id = Guid.Parse(project["id"]!.GetValue<string>());
        foreach (var spelling in new[] { $"{id}", $"{id:N}", $"{id}".ToUpperInvariant() })
            Assert.Equal("findable", (await shared.GetAsync($"projects/{spelling}")).Body!["name"]!.GetValue<string>());
        Assert.Equal(404, (await shared.GetAsync($"projects/{Guid.NewGuid()}")).Status);
        Assert.Equal(422, (await shared.GetAsync("projects/findable")).Status);
        Assert.EndsWith("Z", project["created_at"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_differ_only_in_case_do_not_share_a_folder()
    {
        Assert.Equal("Cased", (await shared.NewProjectAsync("Cased"))["name"]!.GetValue<string>());
        Assert.Equal("CASED-2", (await shared.NewProjectAsync("CASED"))["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("left-folder", true)] // of a project whose row is gone
    [InlineData("LEFT-file", false)] // in other letters, and no folder at all
    public async Task What_was_left_over_on_disk_takes_its_name(string name, bool isFolder)
    {
        var path = Path.Combine(shared.Projects, name.ToUpperInvariant());
        if (isFolder)
            Directory.CreateDirectory(path);
        else
            await File.WriteAllTextAsync(path, "", Ct);
        Assert.Equal($"{name}-2", (await shared.NewProjectAsync(name))["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("../../outside")]
    [InlineData("/etc")]
    [InlineData("🚀🚀🚀")]
    [InlineData("CON")]
    [InlineData("....")]
    [InlineData("a/b\\c:d*e?f\"g<h>i|j")]
    public async Task Any_name_gives_a_folder_right_below_the_root(string name)
    {
        var path = (await shared.NewProjectAsync(name))["path"]!.GetValue<string>();
        Assert.Equal(shared.Projects, Path.GetDirectoryName(path));
        Assert.True(Directory.Exists(path));
    }

    [Fact]
    public async Task A_name_that_is_no_text_is_refused()
    {
        Assert.Equal(422, (await shared.PostAsync("projects", new JsonObject { ["name"] = null })).Status);
        Assert.Equal(422, (await shared.PostAsync("projects", new JsonObject { ["name"] = 5 })).Status);
        Assert.Equal(422, (await shared.PostAsync("projects", new JsonArray())).Status);
        using var half = new StringContent("""{"name": "x\ud800"}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await shared.Host.Http.PostAsync("projects", half, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    [Fact]
    public async Task A_rename_takes_folder_uploads_and_pins_along()
    {
        var id = (await shared.NewProjectAsync("was"))["id"]!.GetValue<string>();
        await shared.NewProjectAsync("was-2");
        var conversation = Guid.NewGuid();
        var (mine, _) = await shared.AddUploadAsync("was", conversation.ToString());
        var (other, _) = await shared.AddUploadAsync("was-2", conversation.ToString());
        await shared.ExecuteAsync("INSERT INTO pins (id, item_type, item_id) VALUES (?1, 'project', 'was')", Guid.NewGuid());
        await File.WriteAllTextAsync(Path.Combine(shared.Projects, "was", "note.txt"), "kept", Ct);

        var (_, renamed) = await shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = "is now!" });

        Assert.Equal("is-now", renamed!["name"]!.GetValue<string>());
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(shared.Projects, "is-now", "note.txt"), Ct));
        Assert.False(Directory.Exists(Path.Combine(shared.Projects, "was")));
        Assert.Equal($"attachment:is-now:{conversation}", shared.Scalar<string>("SELECT purpose FROM files WHERE id = ?1", mine));
        Assert.Equal($"attachment:was-2:{conversation}", shared.Scalar<string>("SELECT purpose FROM files WHERE id = ?1", other));
        Assert.Equal(1L, shared.Scalar<long>("SELECT COUNT(*) FROM pins WHERE item_type = 'project' AND item_id = 'is-now'"));
    }

    [Fact]
    public async Task A_rename_to_its_own_name_changes_nothing_and_to_other_letters_moves_it()
    {
        var before = await shared.NewProjectAsync("letters");
        var id = before["id"]!.GetValue<string>();
        Assert.Equal(before.ToJsonString(), (await shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = " letters " })).Body!.ToJsonString());
        Assert.Equal("Letters", (await shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = "Letters" })).Body!["name"]!.GetValue<string>());
        Assert.True(Directory.Exists(Path.Combine(shared.Projects, "Letters")));
    }

    [Fact]
    public async Task A_rename_to_a_taken_name_gets_a_number()
    {
        await shared.NewProjectAsync("occupied");
        var id = (await shared.NewProjectAsync("seeking"))["id"]!.GetValue<string>();
        Assert.Equal("OCCUPIED-2", (await shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = "OCCUPIED" })).Body!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_default_project_keeps_its_name_and_a_refused_change_changes_nothing()
    {
        var general = $"projects/{Project.GeneralId}";
        var before = (await shared.GetAsync(general)).Body!.ToJsonString();
        foreach (var name in new[] { "mine", Project.GeneralName })
            Assert.Equal(400, (await shared.PatchAsync(general, new JsonObject { ["name"] = name, ["is_active"] = false })).Status);
        Assert.Equal(400, (await shared.DeleteAsync(general)).Status);
        Assert.Equal(before, (await shared.GetAsync(general)).Body!.ToJsonString());
    }

    [Fact]
    public async Task A_project_in_which_an_agent_works_is_not_moved_away_from_under_it()
    {
        var id = (await shared.NewProjectAsync("at-work"))["id"]!.GetValue<string>();
        var conversation = await shared.NewConversationAsync(new() { ["project"] = "at-work" });
        await shared.StartHangingTurnAsync(conversation);

        var (status, body) = await shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = "moved" });
        Assert.Equal((409, "project_busy"), (status, body!["code"]!.GetValue<string>()));
        Assert.True(Directory.Exists(Path.Combine(shared.Projects, "at-work")));

        await shared.Client.CancelAsync(conversation, Ct);
        Assert.Equal(200, (await shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = "moved" })).Status);
    }

    [Fact]
    public async Task A_folder_outside_the_root_is_never_moved()
    {
        var outside = Directory.CreateDirectory(Path.Combine(shared.Host.Home, "mine")).FullName;
        var id = (await shared.NewProjectAsync("linked"))["id"]!.GetValue<string>();
        await shared.ExecuteAsync("UPDATE projects SET path = ?2 WHERE id = ?1", Guid.Parse(id), outside);
        var (_, renamed) = await shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = "renamed-link" });
        Assert.Equal(("renamed-link", outside), (renamed!["name"]!.GetValue<string>(), renamed["path"]!.GetValue<string>()));
        Assert.True(Directory.Exists(outside));
    }

    [Fact]
    public async Task An_unchanged_list_is_not_sent_again()
    {
        await shared.NewProjectAsync("listed");
        using var first = await shared.Host.Http.GetAsync("projects", Ct);
        async Task<HttpStatusCode> AgainAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "projects/");
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var answer = await shared.Host.Http.SendAsync(request, Ct);
            return answer.StatusCode;
        }

        Assert.True(first.Headers.ETag!.IsWeak);
        Assert.Equal(HttpStatusCode.NotModified, await AgainAsync());
        await shared.NewProjectAsync("listed-too");
        Assert.Equal(HttpStatusCode.OK, await AgainAsync());
    }

    [Fact]
    public async Task Eight_who_want_one_name_get_eight_projects()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => shared.NewProjectAsync("rush")));
        Assert.Equal(8, made.Select(p => p["name"]!.GetValue<string>()).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(made, p => Assert.True(Directory.Exists(p["path"]!.GetValue<string>())));
    }

    [Fact]
    public async Task Renames_and_a_delete_at_once_leave_rows_and_folders_in_step()
    {
        for (var round = 0; round < 10; round++)
        {
            var id = (await shared.NewProjectAsync($"contested-{round}"))["id"]!.GetValue<string>();
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => i == 3
                ? shared.DeleteAsync($"projects/{id}")
                : shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = $"contested-{round}-{i}" })));
            Assert.Equal(404, (await shared.GetAsync($"projects/{id}")).Status);
        }

        Assert.DoesNotContain(Directory.GetFileSystemEntries(shared.Projects), p => Path.GetFileName(p).Contains("contested", StringComparison.Ordinal) || Path.GetFileName(p).StartsWith('.'));
    }
}
