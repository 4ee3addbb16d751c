using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.Projects;

/// <summary>A projects folder that cannot be written to: a clear error, and nothing has changed.</summary>
public sealed class UnwritableProjectsTests(SharedHost shared) : IClassFixture<SharedHost>
{
    const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute;
    const UnixFileMode Writable = ReadOnly | UnixFileMode.UserWrite;

    [Fact]
    public async Task A_projects_folder_that_is_none_lets_no_project_be_made()
    {
        var moved = $"{shared.Projects}.away";
        Directory.Move(shared.Projects, moved);
        await File.WriteAllTextAsync(shared.Projects, "", TestContext.Current.CancellationToken);
        try
        {
            await AssertRefusedAsync(() => shared.PostAsync("projects", new JsonObject { ["name"] = "impossible" }));
        }
        finally
        {
            File.Delete(shared.Projects);
            Directory.Move(moved, shared.Projects);
        }
    }

    [Fact]
    public async Task A_read_only_projects_folder_keeps_rows_and_folders_as_they_are()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "An administrator may write anywhere.");
        if (OperatingSystem.IsWindows())
            return;
        var id = (await shared.NewProjectAsync("fixed"))["id"]!.GetValue<string>();
        var conversation = await shared.NewConversationAsync(new() { ["project"] = "fixed" });
        File.SetUnixFileMode(shared.Projects, ReadOnly);
        try
        {
            await AssertRefusedAsync(() => shared.PostAsync("projects", new JsonObject { ["name"] = "impossible" }));
            await AssertRefusedAsync(() => shared.PatchAsync($"projects/{id}", new JsonObject { ["name"] = "other", ["is_active"] = true }));
            await AssertRefusedAsync(() => shared.DeleteAsync($"projects/{id}"));
            Assert.Equal(200, (await shared.GetAsync($"conversations/{conversation}")).Status);
            Assert.True(Directory.Exists(Path.Combine(shared.Projects, "fixed")));
        }
        finally
        {
            File.SetUnixFileMode(shared.Projects, Writable);
        }
    }

    async Task AssertRefusedAsync(Func<Task<(int Status, JsonNode? Body)>> change)
    {
        var before = (await shared.GetAsync("projects")).Body!.ToJsonString();
        var (status, body) = await change();
        Assert.Equal((500, "project_folder_unusable"), (status, body!["code"]!.GetValue<string>()));
        Assert.DoesNotContain(shared.Host.Home, body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(before, (await shared.GetAsync("projects")).Body!.ToJsonString());
    }
}
