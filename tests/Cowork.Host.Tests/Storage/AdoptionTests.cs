using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Tests.Storage;

public sealed class AdoptionTests : IDisposable
{
    readonly string _home = Directory.CreateTempSubdirectory("cowork-test-").FullName;

    public static TheoryData<string> Revisions => ReferenceFile.Revisions;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [MemberData(nameof(Revisions))]
    public async Task A_database_of_the_earlier_server_opens_as_it_is(string revision)
    {
        await using var host = await HostUnderTest.StartAsync(prepareHome: home => ReferenceFile.Write(home, revision));

        Assert.Equal(["general", "elder"], (await host.GetJsonAsync("projects")).AsArray().Select(p => (string?)p!["name"]));
        Assert.Equal("Old talk é", (string?)(await host.GetJsonAsync("conversations?project=elder"))["conversations"]![0]!["title"]);
        var items = (await host.GetJsonAsync("conversations/0c0c0c0c-0c0c-4c0c-8c0c-0c0c0c0c0c0c/items")).AsArray();
        Assert.Equal(["user", "assistant"], items.Select(i => (string?)i!["role"]));
        Assert.Equal("hi é", (string?)items[0]!["content"]![0]!["text"]);
        Assert.Equal("old 😀 answer", (string?)items[1]!["content"]);
        Assert.Equal(["response.created", "response.completed"], items[1]!["events"]!.AsArray().Select(e => (string?)e!["type"]));
        var settings = (await host.GetJsonAsync("settings")).AsArray();
        Assert.Equal("Old hello", (string?)settings.Single(s => (string?)s!["key"] == "greeting")!["value"]);
        Assert.Equal("False", (string?)settings.Single(s => (string?)s!["key"] == "show_dots")!["value"]);
        foreach (var resource in new[] { "pins", "skills", "files", "health" })
            Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, resource)).Status);
    }

    [Theory]
    [MemberData(nameof(Revisions))]
    public async Task A_copy_of_an_adopted_database_is_kept_beside_it_with_every_row(string revision)
    {
        await using var host = await HostUnderTest.StartAsync(prepareHome: home => ReferenceFile.Write(home, revision));

        var copy = Assert.Single(Directory.GetFiles(Path.Combine(host.Home, ".cowork"), "cowork.db.before-cowork-*"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
        using var kept = ReferenceFile.Open(copy);
        Assert.Equal(["2"], ReferenceFile.Query(kept, "SELECT COUNT(*) FROM messages"));
        Assert.Equal(revision == "" ? [] : ["alembic_version"], ReferenceFile.Query(kept, "SELECT name FROM sqlite_master WHERE name IN ('alembic_version', 'turns', '__EFMigrationsHistory')"));

        await host.RestartAsync();
        Assert.Single(Directory.GetFiles(Path.Combine(host.Home, ".cowork"), "cowork.db.before-cowork-*"));
    }

    [Theory]
    [MemberData(nameof(Revisions))]
    public async Task The_earlier_server_can_go_on_with_an_adopted_database(string revision)
    {
        await using var host = await HostUnderTest.StartAsync(prepareHome: home => ReferenceFile.Write(home, revision));
        using (var file = ReferenceFile.Open(ReferenceFile.Path(host.Home)))
        {
            Assert.Equal([ReferenceFile.Newest], ReferenceFile.Query(file, "SELECT version_num FROM alembic_version"));
            // As that server writes: without our columns, and within one second, ids in any order.
            ReferenceFile.Execute(
                file,
                """
                INSERT INTO projects (id, name, path, is_active) VALUES ('aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa', 'later', '/nowhere/later', 0);
                INSERT INTO conversations (id, topic, project_id) VALUES ('bbbbbbbbbbbb4bbb8bbbbbbbbbbbbbbb', 'Later talk', 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa');
                INSERT INTO messages (id, conversation_id, role, content, harness) VALUES ('eeeeeeeeeeee4eee8eeeeeeeeeeeeeee', 'bbbbbbbbbbbb4bbb8bbbbbbbbbbbbbbb', 'user', '"first"', NULL);
                INSERT INTO messages (id, conversation_id, role, content, harness) VALUES ('cccccccccccc4ccc8ccccccccccccccc', 'bbbbbbbbbbbb4bbb8bbbbbbbbbbbbbbb', 'assistant', '"wombat"', 'anton');
                INSERT INTO message_events (id, message_id, sequence_number, event_data) VALUES ('dddddddddddd4ddd8ddddddddddddddd', 'cccccccccccc4ccc8ccccccccccccccc', 0, '{"type": "response.created"}');
                INSERT INTO files (id, filename, content_type, size, purpose, path) VALUES ('abababababab4bab8bababababababab', 'n', 't', 1, 'p', '/nowhere/n');
                INSERT INTO pins (id, item_type, item_id) VALUES ('acacacacacac4cac8cacacacacacacac', 'project', 'x');
                INSERT INTO skills (id, label, name, instructions) VALUES ('adadadadadad4dad8dadadadadadadad', 'l', 'n', 'i');
                INSERT INTO schedules (id, title, prompt, cadence, next_run_at, project_id, model) VALUES ('aeaeaeaeaeae4eae8eaeaeaeaeaeaeae', 't', 'p', 'daily', '2090-01-01 09:00:00.000000', 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa', 'default');
                INSERT INTO schedule_runs (id, schedule_id, started_at, status) VALUES ('afafafafafaf4faf8fafafafafafafaf', 'aeaeaeaeaeae4eae8eaeaeaeaeaeaeae', '2025-01-01 00:00:00.000000', 'success');
                INSERT INTO settings (id, key, value) VALUES ('babababababa4aba8abababababababa', 'tone', 'warm');
                INSERT INTO channel_installations (id, channel_type, display_name) VALUES ('bcbcbcbcbcbc4cbc8cbcbcbcbcbcbcbc', 'telegram', 'Telegram');
                INSERT INTO channel_events (id, channel_type, direction, status) VALUES ('bdbdbdbdbdbd4dbd8dbdbdbdbdbdbdbd', 'slack', 'inbound', 'done');
                UPDATE conversations SET topic = 'Renamed' WHERE id = 'bbbbbbbbbbbb4bbb8bbbbbbbbbbbbbbb';
                DELETE FROM message_events WHERE id = '0e0e0e0e0e0e4e0e8e0e0e0e0e0e0e02';
                """);
        }

        await host.RestartAsync();

        var items = (await host.GetJsonAsync("conversations/bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb/items")).AsArray();
        Assert.Equal(["first", "wombat"], items.Select(i => (string?)i!["content"]));
        Assert.Equal("Renamed", (string?)(await host.GetJsonAsync("search?q=wombat"))["results"]![0]!["title"]);
        Assert.Equal("warm", (string?)(await host.GetJsonAsync("settings")).AsArray().Single(s => (string?)s!["key"] == "tone")!["value"]);
    }

    [Fact]
    public async Task Rows_are_written_as_the_earlier_server_reads_them()
    {
        await using var host = await HostUnderTest.StartAsync(prepareHome: home => ReferenceFile.Write(home, ReferenceFile.Newest));
        const string Time = "____-__-__ __:__:__.______";

        Assert.Equal(201, (await host.SendAsync(HttpMethod.Post, "conversations", new System.Text.Json.Nodes.JsonObject { ["title"] = "é" })).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, "settings/auto_pin", new System.Text.Json.Nodes.JsonObject { ["value"] = "0" })).Status);

        using var file = ReferenceFile.Open(ReferenceFile.Path(host.Home));
        Assert.Equal(["1|1|1"], ReferenceFile.Query(file, $"SELECT id GLOB replace(hex(zeroblob(16)), '0', '[0-9a-f]'), created_at LIKE '{Time}', project_id = '00000000000000000000000000000001' FROM conversations WHERE topic = 'é'"));
        Assert.Equal(["False|1"], ReferenceFile.Query(file, $"SELECT value, modified_at LIKE '{Time}' FROM settings WHERE key = 'auto_pin'"));
    }

    [Theory]
    [InlineData("NULL")] // the columns allow it
    [InlineData("'2030-01-01 09:00:00+00:00'")] // with a zone
    [InlineData("'2030-01-01T09:00:00Z'")] // as JSON has it
    [InlineData("'soon'")] // no time at all
    public async Task One_odd_time_spoils_no_list(string time)
    {
        const string Conversation = "conversations/0c0c0c0c-0c0c-4c0c-8c0c-0c0c0c0c0c0c";
        string[] tables = ["projects", "conversations", "messages", "message_events", "pins", "skills", "files", "settings", "schedules", "schedule_runs"];
        var odd = string.Concat(tables.Select(t => $"UPDATE {t} SET created_at = {time}, modified_at = {time};"));
        if (time != "NULL")
            odd += $"UPDATE schedules SET next_run_at = {time}, last_run_at = {time}, enabled = 0; UPDATE schedule_runs SET started_at = {time}, finished_at = {time};";
        await using var host = await HostUnderTest.StartAsync(prepareHome: home =>
        {
            ReferenceFile.Write(home, ReferenceFile.Newest);
            using var file = ReferenceFile.Open(ReferenceFile.Path(home));
            ReferenceFile.Execute(file, odd);
        });

        for (var round = 0; round < 2; round++)
        {
            foreach (var path in new[]
            {
                "projects", "conversations?project=all", Conversation, $"{Conversation}/items", $"{Conversation}/export", $"{Conversation}/export?format=json", "pins", "files",
                "skills", "settings", "schedules", "schedules/05050505-0505-4505-8505-050505050505/runs", "search?q=old", "memory", $"attachments/elder/0c0c0c0c-0c0c-4c0c-8c0c-0c0c0c0c0c0c",
            })
            {
                using var answer = await host.Http.GetAsync(path, TestContext.Current.CancellationToken);
                Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
            }

            Assert.Equal(201, (await host.SendAsync(HttpMethod.Post, $"{Conversation}/fork")).Status);
            // And once more as when the earlier server writes such rows later.
            using var file = ReferenceFile.Open(ReferenceFile.Path(host.Home));
            ReferenceFile.Execute(file, odd);
        }
    }

    [Fact]
    public async Task A_migration_that_was_killed_does_not_hold_up_the_next_start()
    {
        await using var host = await HostUnderTest.StartAsync(prepareHome: home =>
        {
            ReferenceFile.Write(home, ReferenceFile.Newest);
            using var file = ReferenceFile.Open(ReferenceFile.Path(home));
            ReferenceFile.Execute(file, "CREATE TABLE __EFMigrationsLock (Id INTEGER NOT NULL CONSTRAINT PK___EFMigrationsLock PRIMARY KEY, Timestamp TEXT NOT NULL); INSERT INTO __EFMigrationsLock VALUES (1, '2026-01-01')");
        });

        Assert.Equal("ok", (string?)(await host.GetJsonAsync("health"))["status"]);
    }

    [Theory]
    [InlineData("not a database, but longer than a header of one hundred bytes, which is where a reader looks first of all, is it not?", "is not a database")]
    [InlineData("short", "is not a database")]
    public async Task A_file_that_is_no_database_is_left_alone(string content, string said)
    {
        var path = Path.Combine(_home, "some.db");
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);

        var refusal = await RefuseAsync(path);

        Assert.Contains(said, refusal);
        Assert.Equal(content, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal([path], Directory.GetFiles(_home, "some.db*"));
    }

    [Theory]
    [InlineData("CREATE TABLE recipes (id INTEGER); INSERT INTO recipes VALUES (1)", "another program")]
    [InlineData("CREATE TABLE alembic_version (version_num VARCHAR(32)); INSERT INTO alembic_version VALUES ('ffffffffffff'); CREATE TABLE projects (id CHAR(32))", "newer server (revision ffffffffffff)")]
    public async Task A_database_of_somebody_else_or_of_the_future_is_left_alone(string sql, string said)
    {
        var path = Path.Combine(_home, "some.db");
        using (var file = ReferenceFile.Open(path))
            ReferenceFile.Execute(file, sql);
        var before = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

        var refusal = await RefuseAsync(path);

        Assert.Contains(said, refusal);
        Assert.Equal(before, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal([path], Directory.GetFiles(_home, "some.db*"));
    }

    [Fact]
    public async Task An_adopted_database_that_a_newer_server_has_changed_is_left_alone()
    {
        await using (var host = await HostUnderTest.StartAsync(prepareHome: h => ReferenceFile.Write(h, ReferenceFile.Newest)))
        {
            using var file = ReferenceFile.Open(ReferenceFile.Path(host.Home));
            ReferenceFile.Execute(file, $"UPDATE alembic_version SET version_num = 'eeeeeeeeeeee'; VACUUM INTO '{Path.Combine(_home, "some.db")}'");
        }

        Assert.Contains("newer server", await RefuseAsync(Path.Combine(_home, "some.db")));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_home, "file"), "", TestContext.Current.CancellationToken);

        Assert.Contains("cannot be opened for writing", await RefuseAsync(Path.Combine(_home, "file", "below", "some.db")));
    }

    [Fact]
    public async Task A_damaged_database_is_named_as_such()
    {
        ReferenceFile.Write(_home, ReferenceFile.Newest);
        var path = ReferenceFile.Path(_home);
        File.Delete(path + "-wal");
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        // The first page's table of contents.
        bytes.AsSpan(100, 400).Fill(0xEE);
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        Assert.Contains("is damaged", await RefuseAsync(path));
    }

    async Task<string> RefuseAsync(string database)
    {
        var options = ServerOptions.Read(name => name == "DATABASE_URI" ? $"sqlite:///{database}" : null, _home) with { Port = 0, ShippedPlugins = Path.Combine(_home, "none") };
        await using var app = ServerApp.Build(options);
        return (await Assert.ThrowsAsync<UsageException>(() => app.StartAsync(TestContext.Current.CancellationToken))).Message;
    }
}
