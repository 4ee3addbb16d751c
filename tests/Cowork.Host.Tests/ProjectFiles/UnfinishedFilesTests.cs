using Cowork.Host.Platform.Files;
using Cowork.Host.Tests.Search;

namespace Cowork.Host.Tests.ProjectFiles;

public sealed class UnfinishedFilesTests
{
    [Fact]
    public async Task What_a_killed_process_left_half_written_is_gone_after_the_next_start()
    {
        await using var host = await HostUnderTest.StartAsync();
        var (general, files) = (Path.Combine(host.Home, ".cowork", "projects", "general"), Path.Combine(host.Home, ".cowork", "files"));
        string[] left = [Path.Combine(general, "report.pdf"), Path.Combine(general, "sub", "deep", "data.csv"), Path.Combine(files, $"{Guid.NewGuid()}", "photo.png")];
        left = [.. left.Select(Half)];
        var uploaded = Path.Combine(files, $"{Guid.NewGuid()}", "whole.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(uploaded)!);
        await File.WriteAllTextAsync(uploaded, "whole", TestContext.Current.CancellationToken);
        host.WriteFile("mine.tmp", "mine");
        host.WriteFile(".mine.tmp", "mine");

        await host.RestartAsync();

        await host.UntilAsync(() => Task.FromResult(!left.Any(File.Exists) && !Directory.Exists(Path.GetDirectoryName(left[2]))));
        Assert.All([uploaded, Path.Combine(general, "mine.tmp"), Path.Combine(general, ".mine.tmp")], path => Assert.True(File.Exists(path)));
    }

    static string Half(string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var path = AtomicFile.TempBeside(target);
        File.WriteAllText(path, "half");
        return path;
    }
}
