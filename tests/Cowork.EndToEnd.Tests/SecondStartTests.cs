namespace Cowork.EndToEnd.Tests;

/// <summary>A start costs what it needs.</summary>
public sealed class SecondStartTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_that_has_nothing_to_migrate_does_not_load_EF()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Tells by /proc what a process has loaded.");
        await using var server = await ServerProcess.StartAsync(Ct, ("COWORK_DEBUGGABLE", "1"));
        Assert.Contains("Microsoft.EntityFrameworkCore", server.LoadedFiles(), StringComparison.Ordinal);
        await server.KillAsync(Ct);

        await server.RestartAsync(Ct);

        var loaded = server.LoadedFiles();
        Assert.Contains("cowork-server.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.EntityFrameworkCore", loaded, StringComparison.Ordinal);
    }
}
