using System.Text.Json.Nodes;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;

namespace Cowork.Host.Tests;

/// <summary>One server with a scripted model for all tests of a class; they use things of their own in it.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    internal HostUnderTest Host { get; private set; } = null!;
    internal ScriptedModel Model { get; private set; } = null!;
    internal CoworkClient Client { get; private set; } = null!;

    internal string Projects => Path.Combine(Host.Home, ".cowork", "projects");

    internal string Streams => Path.Combine(Host.Home, ".cowork", "streams");

    public async ValueTask InitializeAsync()
    {
        Model = await ScriptedModel.StartAsync();
        Host = await HostUnderTest.StartAsync();
        Client = new(Host.Http.BaseAddress!);
        await Client.UseModelAsync(Model.BaseUrl, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
        await Model.DisposeAsync();
    }

    internal Task<(int Status, JsonNode? Body)> GetAsync(string path) => Host.SendAsync(HttpMethod.Get, path);

    internal Task<(int Status, JsonNode? Body)> PostAsync(string path, JsonNode? body) => Host.SendAsync(HttpMethod.Post, path, body);

    internal Task<(int Status, JsonNode? Body)> PatchAsync(string path, JsonNode body) => Host.SendAsync(HttpMethod.Patch, path, body);

    internal Task<(int Status, JsonNode? Body)> PutAsync(string path, JsonNode body) => Host.SendAsync(HttpMethod.Put, path, body);

    internal Task<(int Status, JsonNode? Body)> DeleteAsync(string path) => Host.SendAsync(HttpMethod.Delete, path);

    internal async Task<JsonNode> NewProjectAsync(string name)
    {
        var (status, body) = await PostAsync("projects", new JsonObject { ["name"] = name });
        Assert.Equal(201, status);
        return body!;
    }

    internal async Task<Guid> NewConversationAsync(JsonObject? body = null)
    {
        var (status, created) = await PostAsync("conversations", body ?? []);
        Assert.Equal(201, status);
        return Guid.Parse(created!["id"]!.GetValue<string>());
    }

    /// <summary>Lets the scripted model answer; ends when the turn has.</summary>
    internal async Task AskAsync(string input, Guid conversation)
    {
        await foreach (var frame in Client.AskAsync(input, conversation, TestContext.Current.CancellationToken))
            if (frame.IsTerminal)
                return;
    }

    /// <summary>Starts a turn that hangs until it is stopped; ends when the model has the question.</summary>
    internal async Task<ReceivedRequest> StartHangingTurnAsync(Guid conversation)
    {
        var marker = $"{Guid.NewGuid():N} [[hang]]";
        await PostAsync("responses", new JsonObject { ["input"] = marker, ["conversation"] = conversation.ToString(), ["background"] = true });
        ReceivedRequest? received = null;
        await Eventually.TrueAsync(
            () => Task.FromResult((received = Model.Requests.FirstOrDefault(r => r.Body.ToString().Contains(marker, StringComparison.Ordinal))) is not null),
            TestContext.Current.CancellationToken);
        return received!;
    }

    internal Task ExecuteAsync(string sql, params object?[] values) => Host.Get<Database>().WriteAsync(w => w.Execute(sql, values));

    internal T? Scalar<T>(string sql, params object?[] values) => Host.Get<Database>().Query(s => (T?)s.Scalar(sql, values));

    /// <summary>Fails when some text is in any column of any table.</summary>
    internal async Task AssertNowhereAsync(string text)
    {
        // The search index follows when somebody searches.
        await GetAsync("search?q=anything");
        Assert.Empty(TablesWith(text));
    }

    IReadOnlyList<string> TablesWith(string text) =>
        Host.Get<Database>().Query(s =>
        {
            var tables = s.List(r => r.GetString(0), "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_fts%'");
            return tables.Where(table =>
            {
                var columns = s.List(r => r.GetString(0), $"SELECT name FROM pragma_table_info('{table}')");
                return s.Scalar($"SELECT 1 FROM \"{table}\" WHERE {string.Join(" OR ", columns.Select(c => $"instr(\"{c}\", ?1)"))}", text) is not null;
            }).ToList();
        });

    /// <summary>An upload that belongs to a conversation.</summary>
    internal async Task<(Guid Id, string Path)> AddUploadAsync(string project, string conversation, string content = "uploaded")
    {
        var id = Guid.NewGuid();
        var path = Path.Combine(Host.Home, ".cowork", "files", id.ToString(), "note.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, content);
        await ExecuteAsync(
            "INSERT INTO files (id, filename, content_type, size, purpose, path) VALUES (?1, 'note.txt', 'text/plain', ?2, ?3, ?4)",
            id, content.Length, $"attachment:{project}:{conversation}", path);
        return (id, path);
    }
}
