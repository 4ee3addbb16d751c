using System.Text.Json.Nodes;
using Cowork.Host.Features.Projects;

namespace Cowork.Host.Tests.Memory;

public sealed class MemoryTests
{
    [Fact]
    public async Task Each_project_has_a_memory_of_its_own_beside_the_shared_one()
    {
        await using var host = await HostUnderTest.StartAsync();
        var general = Path.Combine(host.Home, ".cowork", "projects", "general");
        await SaveAsync(host, "Project", "lessons.md", "- local", general + "/");

        var sections = (await host.GetJsonAsync("memory"))["sections"]!.AsArray();
        var other = (await host.GetJsonAsync("memory?project_path=/nowhere"))["sections"]!.AsArray();

        Assert.Equal(["Global", "Project"], sections.Select(s => (string)s!["scope"]!));
        Assert.Equal(["Global"], other.Select(s => (string)s!["scope"]!));
        Assert.Null(sections[0]!["projectPath"]);
        Assert.Equal(general, (string?)sections[1]!["projectPath"]);
        var lessons = sections[1]!["files"]![0]!;
        Assert.Equal("lessons.md", (string?)lessons["relativePath"]);
        Assert.Equal("- local\n", (string?)lessons["content"]);
        Assert.Equal("- local\n", (string?)lessons["preview"]);
        Assert.Equal("general", (string?)lessons["projectName"]);
        Assert.Equal("- local\n", await File.ReadAllTextAsync(Path.Combine(general, ".anton", "memory", "lessons.md"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_shared_memory_is_saved_and_deleted_by_file_or_category()
    {
        await using var host = await HostUnderTest.StartAsync();
        var rules = Path.Combine(TestEnvironment.GlobalMemory, "rules.md");

        await SaveAsync(host, null, "rule", "- be kind ü");
        Assert.Equal("- be kind ü\n", await File.ReadAllTextAsync(rules, TestContext.Current.CancellationToken));
        var (status, put) = await host.SendAsync(HttpMethod.Put, "memory", new JsonObject { ["scope"] = "global", ["category"] = "rule", ["content"] = "- put" });
        Assert.Equal(200, status);
        Assert.Equal("""{"scope":"global","category":"rule","content":"- put","project_id":null}""", put!.ToJsonString());
        Assert.Equal("- put\n", await File.ReadAllTextAsync(rules, TestContext.Current.CancellationToken));

        for (var time = 0; time < 2; time++)
            Assert.Equal(200, (await host.SendAsync(HttpMethod.Delete, "memory?scope=Global&relative_path=rules.md")).Status);
        Assert.False(File.Exists(rules));
    }

    [Fact]
    public async Task Topics_come_and_go()
    {
        await using var host = await HostUnderTest.StartAsync();
        var project = Path.Combine(host.Home, ".cowork", "projects", "general");

        await SaveAsync(host, "Project", "topics/sql-tips.md", "use indexes", project);
        var files = (await host.GetJsonAsync($"memory?project_path={project}"))["sections"]![1]!["files"]!.AsArray();
        Assert.Equal(["lessons.md", "rules.md", "topics/sql-tips.md"], files.Select(f => (string)f!["relativePath"]!));

        var path = $"memory?scope=Project&relative_path=topics/sql-tips.md&project_path={project}";
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Delete, path)).Status);
        Assert.Equal(400, (await host.SendAsync(HttpMethod.Delete, path)).Status);
    }

    [Fact]
    public async Task Incomplete_or_impossible_requests_are_the_callers_mistake()
    {
        await using var host = await HostUnderTest.StartAsync();
        var id = Project.GeneralId.ToString();

        Assert.Equal(422, (await PostAsync(host, new JsonObject())).Status);
        Assert.Equal(422, (await PostAsync(host, new JsonObject { ["relativePath"] = "rules.md", ["content"] = null })).Status);
        Assert.Equal(400, (await PostAsync(host, new JsonObject { ["relativePath"] = "../../evil.md", ["content"] = "x" })).Status);
        Assert.Equal(400, (await PostAsync(host, new JsonObject { ["relativePath"] = "topics/../../evil.md", ["content"] = "x" })).Status);
        Assert.Equal(400, (await PostAsync(host, new JsonObject { ["scope"] = "Project", ["relativePath"] = "rules.md", ["content"] = "x" })).Status);
        Assert.Equal(404, (await PostAsync(host, new JsonObject { ["scope"] = "Project", ["relativePath"] = "rules.md", ["content"] = "x", ["projectPath"] = "/nowhere" })).Status);
        Assert.Equal(422, (await host.SendAsync(HttpMethod.Delete, "memory?scope=Global")).Status);
        Assert.Equal(422, (await host.SendAsync(HttpMethod.Delete, "memory?relative_path=rules.md")).Status);
        Assert.Equal(400, (await host.SendAsync(HttpMethod.Delete, "memory?scope=Project&relative_path=rules.md")).Status);
        Assert.Equal(422, (await PutAsync(host, new JsonObject { ["scope"] = "global", ["content"] = "x" })).Status);
        Assert.Equal(422, (await PutAsync(host, new JsonObject { ["scope"] = "world", ["category"] = "rule", ["content"] = "x" })).Status);
        Assert.Equal(422, (await PutAsync(host, new JsonObject { ["scope"] = "project", ["category"] = "rule", ["content"] = "x", ["project_id"] = "no id" })).Status);
        Assert.Equal(400, (await PutAsync(host, new JsonObject { ["scope"] = "global", ["category"] = "dreams", ["content"] = "x" })).Status);
        Assert.Equal(400, (await PutAsync(host, new JsonObject { ["scope"] = "project", ["category"] = "rule", ["content"] = "x" })).Status);
        Assert.Equal(200, (await PutAsync(host, new JsonObject { ["scope"] = "project", ["category"] = "rule", ["content"] = "x", ["project_id"] = id })).Status);
    }

    [Fact]
    public async Task Another_agents_memory_serves_while_the_chosen_one_has_none()
    {
        await using var host = await HostUnderTest.StartAsync();
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, "settings/harness", new JsonObject { ["value"] = "echo" })).Status);

        Assert.NotEmpty((await host.GetJsonAsync("memory"))["sections"]!.AsArray());
    }

    [Fact]
    public async Task Without_any_agent_that_remembers_there_is_nothing_to_show_and_saving_says_why()
    {
        await using var host = await HostUnderTest.StartAsync();
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Post, "plugins/Cowork.Harness.Anton/disable")).Status);

        Assert.Empty((await host.GetJsonAsync("memory"))["sections"]!.AsArray());
        var (status, problem) = await PostAsync(host, new JsonObject { ["relativePath"] = "rules.md", ["content"] = "x" });
        Assert.Equal(409, status);
        Assert.Contains("Anton", (string?)problem!["detail"], StringComparison.Ordinal);
    }

    static async Task SaveAsync(HostUnderTest host, string? scope, string file, string content, string? project = null)
    {
        var (status, _) = await PostAsync(host, new JsonObject { ["scope"] = scope, ["relativePath"] = file, ["content"] = content, ["projectPath"] = project });
        Assert.Equal(200, status);
    }

    static Task<(int Status, JsonNode? Body)> PostAsync(HostUnderTest host, JsonObject body) => host.SendAsync(HttpMethod.Post, "memory", body);

    static Task<(int Status, JsonNode? Body)> PutAsync(HostUnderTest host, JsonObject body) => host.SendAsync(HttpMethod.Put, "memory", body);
}
