using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>Recorded turns whose frames say only half: what the model got, or must not get, is the other half.</summary>
public sealed partial class RecordedTurnContentTests
{
    const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_attached_image_is_shown_to_the_model_and_another_file_is_named()
    {
        await using var replay = await Replay.StartAsync("attachments");
        var image = await AttachAsync(replay, "pixel.png", "image/png", Convert.FromBase64String(Pixel));
        var table = await AttachAsync(replay, "sales.csv", "text/csv", "month,sum\nMay,7\n"u8.ToArray());
        var parts = new JsonArray(
            new JsonObject { ["type"] = "input_text", ["text"] = "look at these", ["file_id"] = null },
            new JsonObject { ["type"] = "input_file", ["text"] = null, ["file_id"] = image },
            new JsonObject { ["type"] = "input_file", ["text"] = null, ["file_id"] = table });

        await replay.RunAsync(new JsonArray(new JsonObject { ["role"] = "user", ["content"] = parts.DeepClone() }));

        Assert.Equal(parts.ToJsonString(), (await replay.Server.Client.ItemsAsync(replay.Conversation, Ct))[0]!["content"]!.ToJsonString());
        var got = Messages(Assert.Single(replay.Model.Requests))[^1].GetProperty("content");
        Assert.Equal(["text", "image_url", "text"], got.EnumerateArray().Select(part => part.GetProperty("type").GetString()));
        Assert.Equal("look at these", got[0].GetProperty("text").GetString());
        Assert.Equal($"data:image/png;base64,{Pixel}", got[1].GetProperty("image_url").GetProperty("url").GetString());
        var note = Note().Match(got[2].GetProperty("text").GetString()!);
        Assert.Equal("month,sum\nMay,7\n", await File.ReadAllTextAsync(note.Groups["path"].Value, Ct));
    }

    [Fact]
    public async Task An_image_of_the_project_is_read_by_its_path_in_the_project()
    {
        await using var replay = await Replay.StartAsync("readimage");
        await File.WriteAllBytesAsync(Path.Combine(replay.Project, "pixel.png"), Convert.FromBase64String(Pixel), Ct);

        await replay.RunAsync();

        Assert.StartsWith("pixel.png: image/png, 1 × 1 pixels", Result(replay, 1), StringComparison.Ordinal);
        var shown = Messages(replay.Model.Requests[1])[^1].GetProperty("content");
        Assert.Equal($"data:image/png;base64,{Pixel}", shown[0].GetProperty("image_url").GetProperty("url").GetString());
    }

    [Fact]
    public async Task The_web_is_searched_with_a_key_only_and_no_address_of_this_computer_is_read()
    {
        await using var replay = await Replay.StartAsync("websearch");

        await replay.RunAsync();

        Assert.DoesNotContain("web_search", Offered(replay));
        Assert.StartsWith("There is no tool web_search.", Result(replay, 1), StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.1 is an address of this machine", Result(replay, 2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_cannot_work_is_not_offered()
    {
        await using var replay = await Replay.StartAsync("connectds");

        await replay.RunAsync();

        Assert.DoesNotContain("connect_new_datasource", Offered(replay));
        Assert.StartsWith("There is no tool connect_new_datasource.", Result(replay, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_asks_the_coding_model_over_the_API_of_the_turn()
    {
        await using var replay = await Replay.StartAsync("getllm");
        await replay.SetAsync(("coding_model", "fake-code"));

        await replay.RunAsync();

        Assert.Equal(["scripted", "fake-code", "scripted"], replay.Model.Requests.Select(request => request.Body.GetProperty("model").GetString()));
        Assert.Equal(["system s", "user [scn:plain]"], Messages(replay.Model.Requests[1]).Select(m => $"{m.GetProperty("role")} {m.GetProperty("content")}"));
        Assert.All(replay.Model.Requests, request => Assert.Equal("/v1/chat/completions", request.Path));
    }

    /// <summary>The second cell was added: it reads the secrets where the first one finds none any more.</summary>
    [Fact]
    public async Task Secrets_reach_neither_a_cell_nor_the_stream_nor_the_items_nor_the_model()
    {
        const string password = "hunter2-canary", token = "pat-canary-0815", key = "sk-canary-4711", other = "sk-canary-2342";
        await using var replay = await Replay.StartAsync(
            "env",
            ("DS_POSTGRES_PROD_DB__PASSWORD", password),
            ("DS_POSTGRES_PROD_DB__HOST", "db.internal.example"),
            ("DS_POSTGRES_PROD_DB__PORT", "5432"),
            ("DS_HUBSPOT_MAIN_ACC_1__ACCESS_TOKEN", token),
            ("OPENAI_API_KEY", other));
        await replay.SetAsync(("openai_api_key", key));
        await File.WriteAllTextAsync(Path.Combine(replay.Project, ".env"), $"DS_POSTGRES_PROD_DB__PASSWORD={password}\nOPENAI_API_KEY={key}\n", Ct);

        var frames = await replay.RunAsync(mask: frame => Places().Replace(frame, @"[]\nFOLDER\nPYTHON\n"));

        var items = (await replay.Server.Client.ItemsAsync(replay.Conversation, Ct)).ToJsonString();
        string[] said = [.. frames.Select(frame => frame.Data), items, .. replay.Model.Requests.Select(request => request.Body.GetRawText())];
        foreach (var secret in (string[])[password, token, key, other])
            Assert.All(said, text => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.All(replay.Model.Requests, request => Assert.Equal($"Bearer {key}", request.Headers["Authorization"]));
    }

    static async Task<string> AttachAsync(Replay replay, string name, string type, byte[] content)
    {
        using var file = new ByteArrayContent(content) { Headers = { ContentType = new(type) } };
        using var form = new MultipartFormDataContent { { file, "files", name } };
        using var answer = await replay.Server.Client.Http.PostAsync($"attachments/general/{replay.Conversation}/upload", form, Ct);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))![0]!["id"]!.GetValue<string>();
    }

    static JsonElement[] Messages(ReceivedRequest request) => [.. request.Body.GetProperty("messages").EnumerateArray()];

    /// <summary>What the model read of the tool that it called last, in one of its requests.</summary>
    static string Result(Replay replay, int request) =>
        Messages(replay.Model.Requests[request]).Last(message => message.GetProperty("role").GetString() == "tool").GetProperty("content").GetString()!;

    static IEnumerable<string?> Offered(Replay replay) =>
        replay.Model.Requests[0].Body.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString());

    [GeneratedRegex(@"^\[Attached file 'sales\.csv' is at: (?<path>.+)\]$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Note();

    /// <summary>The working folder and the interpreter, after an empty list of variables.</summary>
    [GeneratedRegex(@"(?<="")\[\]\\n[^""]+?general\\n[^""]+?\\n(?=None)", RegexOptions.None, 1000)]
    private static partial Regex Places();
}
