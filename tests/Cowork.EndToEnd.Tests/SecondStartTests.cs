using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Cowork.EndToEnd.Tests;

/// <summary>EF costs 30 MiB and a third of a second: for migrations and for what people do once in a while, not for every start and the first answer.</summary>
public sealed class SecondStartTests
{
    const string Library = "Microsoft.EntityFrameworkCore";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_with_nothing_to_migrate_and_a_turn_do_without_EF()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Tells by /proc what a process has loaded.");
        await using var server = await ServerProcess.StartAsync(Ct, ("COWORK_DEBUGGABLE", "1"));
        Assert.Contains(Library, server.LoadedFiles(), StringComparison.Ordinal);
        await server.KillAsync(Ct);

        await server.RestartAsync(Ct);

        foreach (var list in new[] { "projects", "conversations", "skills", "pins", "settings", "schedules", "files", "memory", "approvals" })
            await server.Client.Http.GetStringAsync(list, Ct);
        foreach (var message in new[] { "first", "second" })
        {
            using var answer = await server.Client.Http.PostAsJsonAsync("responses", new JsonObject { ["input"] = message, ["harness"] = "echo" }, Ct);
            answer.EnsureSuccessStatusCode();
        }

        var loaded = server.LoadedFiles();
        Assert.Contains("cowork-server.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain(Library, loaded, StringComparison.Ordinal);
    }
}
