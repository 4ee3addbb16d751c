using System.Text.Json.Nodes;
using Cowork.Host.Features.Skills;

namespace Cowork.Host.Tests.Skills;

public sealed class SkillsTests
{
    [Fact]
    public async Task Both_spellings_of_a_field_mean_the_same()
    {
        await using var host = await HostUnderTest.StartAsync();

        var camel = await CreateAsync(host, new JsonObject { ["label"] = "a", ["name"] = "A", ["whenToUse"] = "w", ["declarative"] = "do" });
        var snake = await CreateAsync(host, new JsonObject { ["label"] = "b", ["name"] = "B", ["when_to_use"] = "w", ["instructions"] = "do" });

        foreach (var skill in new[] { camel, snake })
        {
            Assert.Equal("w", (string?)skill["whenToUse"]);
            Assert.Equal("do", (string?)skill["declarative"]);
        }
    }

    [Fact]
    public async Task The_client_edits_a_skill_by_sending_it_again()
    {
        await using var host = await HostUnderTest.StartAsync();
        var before = await CreateAsync(host, new JsonObject { ["label"] = "csv", ["name"] = "CSV", ["description"] = "d", ["declarative"] = "old" });

        var (status, after) = await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = "csv", ["name"] = "CSV", ["declarative"] = "new" });

        Assert.Equal(200, status);
        Assert.Equal((string?)before["id"], (string?)after!["id"]);
        Assert.Equal("new", (string?)after["declarative"]);
        Assert.Equal("d", (string?)after["description"]);
    }

    [Fact]
    public async Task A_label_or_name_of_another_skill_is_refused_on_create_and_on_update()
    {
        await using var host = await HostUnderTest.StartAsync();
        await CreateAsync(host, new JsonObject { ["label"] = "a", ["name"] = "A" });
        var b = await CreateAsync(host, new JsonObject { ["label"] = "b", ["name"] = "B" });

        Assert.Equal(409, (await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = "a", ["name"] = "C" })).Status);
        Assert.Equal(409, (await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = "c", ["name"] = "A" })).Status);
        Assert.Equal(409, (await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = "a", ["name"] = "B" })).Status);
        Assert.Equal(409, (await host.SendAsync(HttpMethod.Put, $"skills/{b["id"]}", new JsonObject { ["label"] = "a" })).Status);
        Assert.Equal(409, (await host.SendAsync(HttpMethod.Put, $"skills/{b["id"]}", new JsonObject { ["name"] = "A" })).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, $"skills/{b["id"]}", new JsonObject { ["label"] = "b", ["name"] = "B2" })).Status);
        Assert.Equal(["B2", "A"], (await host.GetJsonAsync("skills"))["skills"]!.AsArray().Select(s => (string)s!["name"]!));
    }

    [Theory]
    [InlineData("../../x", "n", 422)] // a way out of the folder that the reference would make
    [InlineData("..", "n", 422)] // the parent
    [InlineData("a\\b", "n", 422)] // Windows
    [InlineData("a\nb", "n", 422)] // breaks the agent's list
    [InlineData(" ", "n", 422)] // nothing
    [InlineData("l", "", 422)] // nothing
    [InlineData("csv tool (2)", "n", 201)] // blanks are fine
    public async Task A_label_is_a_name_and_no_path(string label, string name, int expected)
    {
        await using var host = await HostUnderTest.StartAsync();

        Assert.Equal(expected, (await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = label, ["name"] = name })).Status);
    }

    [Fact]
    public async Task Labels_and_names_have_their_limits()
    {
        await using var host = await HostUnderTest.StartAsync();

        Assert.Equal(422, (await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = new string('l', 81), ["name"] = "n" })).Status);
        Assert.Equal(422, (await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = "l", ["name"] = new string('n', 256) })).Status);
        Assert.Equal(201, (await host.SendAsync(HttpMethod.Post, "skills", new JsonObject { ["label"] = new string('l', 80), ["name"] = new string('n', 255) })).Status);
    }

    [Fact]
    public async Task A_skill_is_deleted_by_id_label_or_name()
    {
        await using var host = await HostUnderTest.StartAsync();
        var body = new JsonObject { ["label"] = "by-label", ["name"] = "By Name" };

        foreach (var key in new Func<JsonNode, string>[] { s => (string)s["id"]!, _ => "by-label", _ => "By%20Name" })
        {
            var skill = await CreateAsync(host, body.DeepClone());
            Assert.Equal(204, (await host.SendAsync(HttpMethod.Delete, $"skills/{key(skill)}")).Status);
            Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, $"skills/{key(skill)}")).Status);
        }
    }

    [Fact]
    public async Task A_turn_gets_all_skills_always_in_the_same_order()
    {
        await using var host = await HostUnderTest.StartAsync();
        foreach (var label in new[] { "c", "a", "b" })
            await CreateAsync(host, new JsonObject { ["label"] = label, ["name"] = label, ["declarative"] = $"do {label}" });

        Assert.Equal(["do a", "do b", "do c"], host.Get<SkillsService>().ForTurn().Select(s => s.Instructions));
    }

    static async Task<JsonNode> CreateAsync(HostUnderTest host, JsonNode body)
    {
        var (status, skill) = await host.SendAsync(HttpMethod.Post, "skills", body);
        Assert.Equal(201, status);
        return skill!;
    }
}
