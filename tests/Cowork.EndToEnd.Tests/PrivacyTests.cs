namespace Cowork.EndToEnd.Tests;

public sealed class PrivacyTests
{
    [Fact]
    public async Task Programs_of_the_same_user_cannot_read_the_servers_environment()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && !Environment.IsPrivilegedProcess, "Only on Linux, and there nothing is hidden from root.");
        await using var server = await ServerProcess.StartAsync(TestContext.Current.CancellationToken);

        Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllBytes($"/proc/{server.Id}/environ"));
    }
}
