using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Cowork.EndToEnd.Tests;

/// <summary>EF costs 30 MiB and a third of a second: for migrations and for what people do once in a while, not for a start and the first answer.</summary>
public sealed class FrugalStartTests
{
    const string Library = "Microsoft.EntityFrameworkCore";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_and_a_turn_do_without_EF()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Tells by /proc what a process has loaded.");
        await using var server = await ServerProcess.StartAsync(Ct, ("COWORK_DEBUGGABLE", "1"));
        await UseAsync(server);
        Assert.DoesNotContain(Library, server.LoadedFiles(), StringComparison.Ordinal);
        await server.KillAsync(Ct);

        await server.RestartAsync(Ct);

        await UseAsync(server);
        Assert.DoesNotContain(Library, server.LoadedFiles(), StringComparison.Ordinal);
        // Or the name of the file would have changed, and nothing would be told.
        using var skill = await server.Client.Http.PostAsJsonAsync("skills", new JsonObject { ["label"] = "tides", ["name"] = "Tides", ["procedure"] = "Look at the moon." }, Ct);
        skill.EnsureSuccessStatusCode();
        Assert.Contains(Library, server.LoadedFiles(), StringComparison.Ordinal);
    }

    static async Task UseAsync(ServerProcess server)
    {
        foreach (var list in new[] { "projects", "conversations", "skills", "pins", "settings", "schedules", "files", "memory", "approvals" })
            await server.Client.Http.GetStringAsync(list, Ct);
        foreach (var message in new[] { "first", "second" })
        {
            using var answer = await server.Client.Http.PostAsJsonAsync("responses", new JsonObject { ["input"] = message, ["harness"] = "echo" }, Ct);
            answer.EnsureSuccessStatusCode();
        }
    }
}
