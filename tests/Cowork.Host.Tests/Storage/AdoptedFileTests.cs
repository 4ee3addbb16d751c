using System.Text.Json.Nodes;
using Cowork.Host.Tests.Files;
using Cowork.Host.Tests.Search;

namespace Cowork.Host.Tests.Storage;

/// <summary>Every resource on a file of the earlier server; what is written is, column by column, what that server writes.</summary>
public sealed class AdoptedFileTests : IAsyncLifetime
{
    const string Conversation = "0c0c0c0c-0c0c-4c0c-8c0c-0c0c0c0c0c0c";
    const string Time = "____-__-__ __:__:__.______";
    static readonly string IsId = $"GLOB '{string.Concat(Enumerable.Repeat("[0-9a-f]", 32))}'";
    static readonly string[] Channels = ["channel_installations", "channel_bindings", "channel_sessions", "channel_events"];
    HostUnderTest _host = null!;
    List<string> _channelsBefore = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync(prepareHome: home =>
    {
        ReferenceFile.Write(home, ReferenceFile.Newest);
        Directory.CreateDirectory(Path.Combine(home, ".cowork", "projects", "elder"));
        File.WriteAllText(Path.Combine(home, "old.txt"), "old");
        using var file = ReferenceFile.Open(ReferenceFile.Path(home));
        _channelsBefore = Dump(file);
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Old_rows_of_every_resource_are_shown()
    {
        Assert.Equal("Old rounds", (string?)(await _host.GetJsonAsync("schedules"))["schedules"]![0]!["title"]);
        Assert.Equal("2090-01-01T09:00:00Z", (string?)(await _host.GetJsonAsync("schedules"))["schedules"]![0]!["nextRunAt"]);
        var run = (await _host.GetJsonAsync("schedules/05050505-0505-4505-8505-050505050505/runs"))["runs"]![0]!;
        Assert.Equal(("success", 1500L, true, Conversation), ((string?)run["status"], (long)run["durationMs"]!, (bool)run["isManual"]!, (string?)run["conversationId"]));
        Assert.Equal("told.txt", (string?)(await _host.GetJsonAsync($"attachments/elder/{Conversation}"))[0]!["name"]);
        Assert.Equal("old", await _host.Http.GetStringAsync("files/09090909-0909-4909-8909-09090909090a/content", Ct));
        Assert.Contains((await _host.GetJsonAsync("memory"))["sections"]!.AsArray(), s => (string?)s!["projectName"] == "elder");
        Assert.Equal([".anton/anton.md"], (await _host.GetJsonAsync("projects/elder/files"))["files"]!.AsArray().Select(f => (string?)f!["path"]));
        Assert.Contains(await _host.SearchAsync("old answer"), h => (string?)h["conversation_id"] == Conversation);
        Assert.Contains(await _host.SearchAsync("old_skill"), h => (string?)h["type"] == "skill");
    }

    [Fact]
    public async Task Whatever_is_written_is_written_as_the_earlier_server_would()
    {
        await WriteAsync("POST", "responses", new JsonObject { ["input"] = "né 😀", ["conversation"] = Conversation, ["harness"] = "echo" });
        await WriteAsync("POST", "responses", new JsonObject
        {
            ["conversation"] = Conversation,
            ["harness"] = "echo",
            ["input"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = "parts ü" }) }),
        });
        var upload = await Upload.FileAsync(_host, "neü.txt", "neu", "assistants");
        await WriteAsync("POST", "pins", new JsonObject { ["item_type"] = "project", ["item_id"] = "elder", ["title"] = "Ält" });
        await WriteAsync("POST", "skills", new JsonObject { ["label"] = "neu", ["name"] = "Neü", ["instructions"] = "tun" });
        await WriteAsync("POST", "projects", new JsonObject { ["name"] = "newer" });
        await WriteAsync("PUT", "schedules/05050505-0505-4505-8505-050505050505", new JsonObject { ["title"] = "New rounds", ["next_run_at"] = "2091-02-03T04:05:06Z" });
        await WriteAsync("POST", "schedules", new JsonObject { ["title"] = "Hourly", ["prompt"] = "p", ["cadence"] = "hourly", ["next_run_at"] = "2091-02-03T04:05:06Z", ["enabled"] = false });
        await WriteAsync("PUT", "settings/openai_api_key", new JsonObject { ["value"] = "sk-secret" });
        await WriteAsync("PUT", "settings/show_dots", new JsonObject { ["value"] = "1" });
        await WriteAsync("POST", "memory", new JsonObject { ["scope"] = "Global", ["relativePath"] = "rules.md", ["content"] = "Be kind." });
        await WriteAsync("PUT", "projects/elder/files/new.txt", new JsonObject { ["content"] = "new" });
        await WriteAsync("PATCH", $"conversations/{Conversation}", new JsonObject { ["title"] = "Neu é" });

        using var file = ReferenceFile.Open(ReferenceFile.Path(_host.Home));
        void Equal(string expected, string sql) => Assert.Equal(expected.Split('\n'), ReferenceFile.Query(file, sql));
        // Questions and answers: JSON with nothing but ASCII, no harness on questions.
        Equal(
            """
            user|"n\u00e9 \ud83d\ude00"|NULL|1
            assistant|"You said: n\u00e9 \ud83d\ude00"|echo|1
            """,
            $"SELECT role, content, harness, id {IsId} AND conversation_id = '{Guid.Parse(Conversation):N}' AND created_at LIKE '{Time}' AND modified_at LIKE '{Time}' FROM messages WHERE position IN (2, 3) ORDER BY position");
        Equal("""[{"type":"input_text","text":"parts \u00fc","file_id":null}]""", "SELECT replace(content, ': ', ':') FROM messages WHERE position = 4");
        Equal("0|0|1", $"SELECT SUM(event_data GLOB '*[^ -~]*'), MIN(sequence_number), MIN(id {IsId} AND json_valid(event_data) AND created_at LIKE '{Time}') FROM message_events WHERE message_id = (SELECT id FROM messages WHERE position = 3)");
        Equal($"neü.txt|3|assistants|{Path.Combine(_host.Home, ".cowork", "files", (string)upload["id"]!, "neü.txt")}|1", $"SELECT filename, size, purpose, path, id = '{Guid.Parse((string)upload["id"]!):N}' AND created_at LIKE '{Time}' FROM files WHERE filename LIKE 'neü%'");
        Equal("project|elder|Ält|1", $"SELECT item_type, item_id, title, id {IsId} AND created_at LIKE '{Time}' FROM pins WHERE item_id = 'elder'");
        Equal("neu|Neü|NULL|tun|1", $"SELECT label, name, description, instructions, id {IsId} AND created_at LIKE '{Time}' FROM skills WHERE label = 'neu'");
        Equal($"newer|{Path.Combine(_host.Home, ".cowork", "projects", "newer")}|0|integer|1", $"SELECT name, path, is_active, typeof(is_active), id {IsId} AND created_at LIKE '{Time}' FROM projects WHERE name = 'newer'");
        Equal("New rounds|daily|2091-02-03 04:05:06.000000|0|0f0f0f0f0f0f4f0f8f0f0f0f0f0f0f0f|1", $"SELECT title, cadence, next_run_at, enabled, project_id, modified_at LIKE '{Time}' FROM schedules WHERE cadence = 'daily'");
        Equal("2091-02-03 04:05:06.000000|UTC|0|00000000000000000000000000000001|default|0|1", $"SELECT next_run_at, timezone, enabled, project_id, model, missed_runs, id {IsId} FROM schedules WHERE cadence = 'hourly'");
        Equal("1|True", "SELECT (SELECT value LIKE 'gAAAA%' FROM settings WHERE key = 'openai_api_key'), (SELECT value FROM settings WHERE key = 'show_dots')");
        Equal("Neu é|1", $"SELECT topic, modified_at LIKE '{Time}' FROM conversations WHERE id = '{Guid.Parse(Conversation):N}'");
        // Nothing of what is not ours yet has changed.
        Assert.Equal(_channelsBefore, Dump(file));
        Assert.Equal(["c4e7a1b9d2f0"], ReferenceFile.Query(file, "SELECT version_num FROM alembic_version"));
    }

    static List<string> Dump(Microsoft.Data.Sqlite.SqliteConnection file) => [.. Channels.SelectMany(table => ReferenceFile.Query(file, $"SELECT * FROM {table}"))];

    async Task WriteAsync(string method, string path, JsonNode body)
    {
        var (status, answer) = await _host.SendAsync(new(method), path, body);
        Assert.True(status is >= 200 and < 300, $"{method} {path}: {status} {answer}");
    }
}
