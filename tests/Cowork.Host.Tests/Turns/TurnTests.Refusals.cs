using System.Net;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Data;

namespace Cowork.Host.Tests.Turns;

/// <summary>Messages that are refused, and leave nothing.</summary>
public sealed partial class TurnTests
{
    [Fact]
    public async Task A_conversation_whose_project_is_gone_takes_no_message_until_it_is_moved()
    {
        var conversation = Guid.NewGuid();
        var database = _host.Get<Database>();
        await database.WriteAsync(w => w.Execute("INSERT INTO conversations (id, topic, project_id) VALUES (?1, 'left behind', ?2)", conversation, Guid.NewGuid()), Ct);

        var (status, problem) = await _host.SendAsync(HttpMethod.Post, "responses", new JsonObject { ["input"] = "hi", ["conversation"] = conversation.ToString() });
        Assert.Equal((409, "project_gone"), (status, (string?)problem!["code"]));
        Assert.Empty(await _client.ItemsAsync(conversation, Ct));

        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"conversations/{conversation}", new JsonObject { ["project"] = "general" })).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Post, "responses", new JsonObject { ["input"] = "hi", ["conversation"] = conversation.ToString() })).Status);
    }

    [Fact]
    public async Task Nothing_to_answer_and_unknown_things_are_refused_before_anything_is_made()
    {
        var conversation = Guid.NewGuid();
        foreach (var (body, expected) in new[]
        {
            (new JsonObject { ["input"] = "  " }, 422),
            (new JsonObject { ["input"] = 5 }, 422),
            (new JsonObject { ["input"] = "x", ["on_busy"] = "perhaps" }, 422),
            (new JsonObject { ["input"] = "x", ["harness"] = "nobody" }, 422),
            (new JsonObject { ["input"] = "x", ["project"] = "nowhere" }, 404),
        })
        {
            body["conversation"] = conversation.ToString();
            var (status, answer) = await _host.SendAsync(HttpMethod.Post, "responses", body);
            Assert.Equal(expected, status);
            Assert.NotEmpty(answer!["detail"]!.GetValue<string>());
        }

        using var items = await _client.Http.GetAsync($"conversations/{conversation}/items", Ct);
        Assert.Equal(HttpStatusCode.NotFound, items.StatusCode);
    }
}
