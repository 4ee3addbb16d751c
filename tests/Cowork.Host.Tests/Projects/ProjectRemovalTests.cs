using System.Text.Json.Nodes;
using Cowork.Host.Features.Projects;
using Cowork.TestKit;

namespace Cowork.Host.Tests.Projects;

public sealed class ProjectRemovalTests(SharedHost shared) : IClassFixture<SharedHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_left_that_names_a_deleted_project_or_its_conversations()
    {
        var project = Guid.Parse((await shared.NewProjectAsync("doomed"))["id"]!.GetValue<string>());
        var conversation = await shared.NewConversationAsync(new() { ["project"] = "doomed" });
        await shared.AskAsync("[[say once]]", conversation);
        var (_, upload) = await shared.AddUploadAsync("doomed", conversation.ToString());
        var (_, early) = await shared.AddUploadAsync("doomed", Guid.NewGuid().ToString());
        var schedule = Guid.NewGuid();
        await shared.ExecuteAsync("INSERT INTO schedules (id, title, prompt, cadence, next_run_at, project_id, model, last_result_conversation_id) VALUES (?1, 't', 'p', 'daily', '2090-01-01 00:00:00', ?2, 'default', ?3)", schedule, project, conversation);
        await shared.ExecuteAsync("INSERT INTO schedule_runs (id, schedule_id, started_at, status, conversation_id) VALUES (?1, ?2, '2026-01-01 00:00:00', 'success', ?3)", Guid.NewGuid(), schedule, conversation);
        foreach (var (type, item) in new[] { ("project", $"{project}"), ("project", "doomed"), ("conversation", $"{conversation}"), ("schedule", $"{schedule}") })
            await shared.ExecuteAsync("INSERT INTO pins (id, item_type, item_id) VALUES (?1, ?2, ?3)", Guid.NewGuid(), type, item);
        var binding = Guid.NewGuid();
        await shared.ExecuteAsync("INSERT INTO channel_bindings (id, channel_type, external_group_id, anton_project_id, anton_conversation_id) VALUES (?1, 'slack', 'g', ?2, ?3)", binding, project, conversation);
        await shared.ExecuteAsync("INSERT INTO channel_sessions (id, binding_id, external_session_key, anton_session_id) VALUES (?1, ?2, 'k', ?3)", Guid.NewGuid(), binding, conversation.ToString());

        Assert.Equal(204, (await shared.DeleteAsync($"projects/{project}")).Status);

        foreach (var id in new[] { project, conversation, schedule })
            foreach (var text in new[] { $"{id:N}", $"{id}" })
                await shared.AssertNowhereAsync(text);
        await shared.AssertNowhereAsync("doomed");
        Assert.Equal(1L, shared.Scalar<long>("SELECT COUNT(*) FROM channel_bindings WHERE id = ?1", binding));
        Assert.False(File.Exists(upload));
        Assert.False(File.Exists(early));
        Assert.False(Directory.Exists(Path.Combine(shared.Streams, conversation.ToString())));
        Assert.False(Directory.Exists(Path.Combine(shared.Projects, "doomed")));
    }

    [Fact]
    public async Task Messages_of_other_projects_stay()
    {
        var id = (await shared.NewProjectAsync("leaving"))["id"]!.GetValue<string>();
        await shared.NewConversationAsync(new() { ["project"] = "leaving" });
        var stays = await shared.NewConversationAsync();
        await shared.AskAsync("[[say stays]]", stays);
        var (_, upload) = await shared.AddUploadAsync("general", stays.ToString());
        await shared.DeleteAsync($"projects/{id}");
        Assert.Equal(2, (await shared.Client.ItemsAsync(stays, Ct)).Count);
        Assert.True(File.Exists(upload));
    }

    [Fact]
    public async Task What_runs_in_a_deleted_project_is_stopped_first()
    {
        var id = (await shared.NewProjectAsync("running"))["id"]!.GetValue<string>();
        var conversation = await shared.NewConversationAsync(new() { ["project"] = "running" });
        var request = await shared.StartHangingTurnAsync(conversation);
        await shared.PostAsync("responses", new JsonObject { ["input"] = "waiting", ["conversation"] = conversation.ToString(), ["background"] = true });

        Assert.Equal(204, (await shared.DeleteAsync($"projects/{id}")).Status);

        await request.ClientGone.WaitAsync(Ct);
        Assert.Empty((JsonArray)(await shared.GetAsync("responses/in-flight-list")).Body!["in_flight"]!);
        await shared.AssertNowhereAsync($"{conversation:N}");
        Assert.Equal(404, (await shared.GetAsync($"responses/tail?conversation_id={conversation}")).Status);
        Assert.False(Directory.Exists(Path.Combine(shared.Projects, "running")));
    }

    [Fact]
    public async Task Deleting_the_active_project_makes_the_default_one_active()
    {
        var id = (await shared.NewProjectAsync("active"))["id"]!.GetValue<string>();
        await shared.PatchAsync($"projects/{id}", new JsonObject { ["isActive"] = "yes" });
        await shared.DeleteAsync($"projects/{id}");
        Assert.True((await shared.GetAsync($"projects/{Project.GeneralId}")).Body!["is_active"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("outside")] // somebody pointed the row at a folder of theirs
    [InlineData(".cowork/projects")] // the root itself, with all projects in it
    [InlineData(".cowork/projects/general")] // another project's folder
    [InlineData(".cowork/projects/general/sub")] // inside another project's folder
    [InlineData(".cowork")] // above the root
    [InlineData(".cowork/projects/link")] // a link that leads out
    public async Task A_folder_that_is_not_the_projects_alone_stays(string place)
    {
        var path = Path.Combine(shared.Host.Home, place);
        if (place.EndsWith("link", StringComparison.Ordinal))
            Directory.CreateSymbolicLink(path, Directory.CreateDirectory(Path.Combine(shared.Host.Home, "target")).FullName);
        Directory.CreateDirectory(path);
        await File.WriteAllTextAsync(Path.Combine(path, "precious.txt"), "mine", Ct);
        var id = (await shared.NewProjectAsync("pointing"))["id"]!.GetValue<string>();
        await shared.ExecuteAsync("UPDATE projects SET path = ?2 WHERE id = ?1", Guid.Parse(id), path);

        Assert.Equal(204, (await shared.DeleteAsync($"projects/{id}")).Status);

        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(path, "precious.txt"), Ct));
        Assert.Equal(404, (await shared.GetAsync($"projects/{id}")).Status);
    }

    [Fact]
    public async Task A_folder_that_two_projects_share_stays_for_the_other_one()
    {
        var first = await shared.NewProjectAsync("twin");
        var second = (await shared.NewProjectAsync("twin"))["id"]!.GetValue<string>();
        await shared.ExecuteAsync("UPDATE projects SET path = ?2 WHERE id = ?1", Guid.Parse(second), first["path"]!.GetValue<string>());
        await shared.DeleteAsync($"projects/{second}");
        Assert.True(Directory.Exists(first["path"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_conversation_cannot_be_put_into_a_project_that_was_just_deleted()
    {
        var id = (await shared.NewProjectAsync("vanishing"))["id"]!.GetValue<string>();
        var creating = Enumerable.Range(0, 20).Select(_ => shared.PostAsync("conversations", new JsonObject { ["projectId"] = id })).ToList();
        await shared.DeleteAsync($"projects/{id}");
        var answers = await Task.WhenAll(creating);
        Assert.All(answers, a => Assert.True(a.Status is 201 or 404, $"{a.Status}"));
        await shared.AssertNowhereAsync(id.Replace("-", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_killed_process_did_not_get_to_delete_is_gone_after_the_next_start()
    {
        var left = "";
        await using var host = await HostUnderTest.StartAsync(prepareHome: home =>
        {
            left = Path.Combine(home, ".cowork", "projects", ".deleted-abc");
            Directory.CreateDirectory(Path.Combine(left, "deep"));
        });
        await Eventually.TrueAsync(() => Task.FromResult(!Directory.Exists(left)), Ct);
    }
}
