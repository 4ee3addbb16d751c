using System.Text.Json.Nodes;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Http;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Tests.Storage;

/// <summary>A disk or a database that fails is named, and costs nothing that was there.</summary>
public sealed class StorageProblemTests
{
    [Fact]
    public async Task A_full_disk_under_the_database_is_named_and_changes_nothing()
    {
        await using var host = await HostUnderTest.StartAsync();
        var conversation = (string)(await host.SendAsync(HttpMethod.Post, "conversations", new JsonObject { ["title"] = "kept" })).Body!["id"]!;
        var skill = new JsonObject { ["label"] = "long", ["name"] = "Long", ["instructions"] = new string('x', 1_000_000) };
        // As many pages as there are: SQLite then reports what a full disk makes it report.
        await host.Get<Database>().WriteAsync(w => w.Scalar("PRAGMA max_page_count = 1"), TestContext.Current.CancellationToken);
        foreach (var (method, path, body) in new (HttpMethod, string, JsonNode)[]
        {
            (HttpMethod.Post, "skills", skill), // through EF
            (HttpMethod.Patch, $"conversations/{conversation}", new JsonObject { ["disabled_connections"] = new JsonArray([.. Enumerable.Range(0, 20_000).Select(i => new JsonObject { ["engine"] = "pg", ["name"] = $"{i}" })]) }),
        })
        {
            var (status, problem) = await host.SendAsync(method, path, body.DeepClone());
            Assert.Equal((507, "disk_full"), (status, (string?)problem!["code"]));
        }

        await host.Get<Database>().WriteAsync(w => w.Scalar("PRAGMA max_page_count = 1000000"), TestContext.Current.CancellationToken);
        Assert.Equal(201, (await host.SendAsync(HttpMethod.Post, "skills", skill.DeepClone())).Status);
        Assert.Empty((await host.GetJsonAsync($"conversations/{conversation}"))["disabled_connections"]!.AsArray());
    }

    [Theory]
    [InlineData(13, 507, "disk_full")] // SQLITE_FULL
    [InlineData(8, 500, "not_writable")] // SQLITE_READONLY
    [InlineData(14, 500, "not_writable")] // SQLITE_CANTOPEN
    [InlineData(10, 500, "not_writable")] // SQLITE_IOERR
    [InlineData(5, 503, "database_busy")] // SQLITE_BUSY
    [InlineData(6, 503, "database_busy")] // SQLITE_LOCKED
    public void What_the_database_says_becomes_an_answer(int code, int status, string name)
    {
        var direct = new SqliteException("says", code);
        foreach (var e in new Exception[] { direct, new DbUpdateException("could not save", direct) })
            Assert.Equal((status, name), StorageProblem.Of(e, "/x.db") is { } problem ? (problem.Status, problem.Code) : default);
        Assert.Null(StorageProblem.Of(new SqliteException("constraint", 19), "/x.db"));
    }

    [Theory]
    [InlineData(28, 507, "disk_full")] // ENOSPC
    [InlineData(122, 507, "disk_full")] // EDQUOT
    [InlineData(30, 500, "not_writable")] // EROFS
    public void What_the_disk_says_becomes_an_answer(int error, int status, string name) =>
        Assert.Equal((status, name), StorageProblem.Of(new IOException("says", error), "/x.db") is { } problem ? (problem.Status, problem.Code) : default);
}
