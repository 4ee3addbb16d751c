using System.IO.Compression;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Backup;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Tests.Search;

namespace Cowork.Host.Tests.Storage;

public sealed class BackupTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("cowork-test-").FullName;

    string Archive => Path.Combine(_folder, "backup.zip");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_backup_of_a_running_server_brings_everything_back_in_another_home()
    {
        await using var host = await HostUnderTest.StartAsync();
        var conversation = await host.SayAsync("Kept talk", "question", "wombat");
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, "settings/openai_api_key", new JsonObject { ["value"] = "sk-kept" })).Status);
        host.WriteFile("notes/plan.md", "the plan");
        host.WriteFile("node_modules/big.js", "x");
        host.WriteFile("run.sh", "#!/bin/sh");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(host.Home, ".cowork", "projects", "general", "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(host.Home, ".cowork", "projects", "general", "link"), "/etc");

        var backup = Writer(host.Home).Write(Archive);
        // Written after the backup: must not be in it.
        await host.SayAsync("Later talk");

        Assert.Contains(backup.Remarks, r => r.StartsWith("1 links were left out", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Archive));
        Assert.Equal([Archive], Directory.GetFiles(_folder));

        await using var restored = await HostUnderTest.StartAsync(prepareHome: home => Restorer(home).Restore(Archive, force: false));
        Assert.Equal(["Kept talk"], (await restored.GetJsonAsync("conversations"))["conversations"]!.AsArray().Select(c => (string?)c!["title"]));
        Assert.Equal("wombat", (string?)(await restored.GetJsonAsync($"conversations/{conversation}/items"))[1]!["content"]);
        Assert.Equal("sk-kept", (string?)(await restored.GetJsonAsync("settings/reveal-key/openai"))["value"]);
        var general = Path.Combine(restored.Home, ".cowork", "projects", "general");
        Assert.Equal(general, (string?)(await restored.GetJsonAsync("projects"))[0]!["path"]);
        Assert.Equal("the plan", (string?)(await restored.GetJsonAsync("projects/general/files/notes/plan.md"))["content"]);
        Assert.False(Path.Exists(Path.Combine(general, "node_modules")));
        Assert.False(Path.Exists(Path.Combine(general, "link")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.True(File.GetUnixFileMode(Path.Combine(general, "run.sh")).HasFlag(UnixFileMode.UserExecute));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(restored.Home, ".cowork", ".master_key")));
        }
    }

    [Fact]
    public async Task Data_that_is_there_is_replaced_only_when_asked_for_and_kept_beside()
    {
        var home = await MakeHomeAsync("first");
        Writer(home).Write(Archive);
        await File.WriteAllTextAsync(Path.Combine(home, ".cowork", "projects", "general", "later.txt"), "later", TestContext.Current.CancellationToken);

        Assert.Contains("--force", Assert.Throws<UsageException>(() => Restorer(home).Restore(Archive, force: false)).Message);
        Assert.True(File.Exists(Path.Combine(home, ".cowork", "projects", "general", "later.txt")));

        Restorer(home).Restore(Archive, force: true);

        Assert.False(File.Exists(Path.Combine(home, ".cowork", "projects", "general", "later.txt")));
        var kept = Assert.Single(Directory.GetDirectories(Path.Combine(home, ".cowork"), "projects.before-restore-*"));
        Assert.True(File.Exists(Path.Combine(kept, "general", "later.txt")));
        Assert.Single(Directory.GetFiles(Path.Combine(home, ".cowork"), "cowork.db.before-restore-*"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(home, ".cowork"), "*.restoring-*"));
    }

    [Fact]
    public async Task The_env_file_of_older_clients_goes_with_the_data()
    {
        var home = await MakeHomeAsync("with env");
        var file = Path.Combine(home, ".anton", ".env");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "ANTON_TERMS_CONSENT=true\n", TestContext.Current.CancellationToken);
        Writer(home).Write(Archive);

        var other = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;
        Restorer(other).Restore(Archive, force: false);
        var restored = Path.Combine(other, ".anton", ".env");
        Assert.Equal("ANTON_TERMS_CONSENT=true\n", await File.ReadAllTextAsync(restored, TestContext.Current.CancellationToken));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(restored));
    }

    [Fact]
    public async Task An_env_file_stays_when_the_backup_has_none()
    {
        var home = await MakeHomeAsync("without env");
        Writer(home).Write(Archive);
        var file = Path.Combine(home, ".anton", ".env");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "ANTON_TERMS_CONSENT=true\n", TestContext.Current.CancellationToken);
        Restorer(home).Restore(Archive, force: true);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task A_database_that_somebody_uses_is_not_replaced()
    {
        await using var host = await HostUnderTest.StartAsync();
        Writer(host.Home).Write(Archive);

        Assert.Contains("in use", Assert.Throws<UsageException>(() => Restorer(host.Home).Restore(Archive, force: true)).Message);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "projects")).Status);
    }

    [Theory]
    [InlineData("projects/../../evil.txt", "leads up")]
    [InlineData("projects/..\\..\\evil.txt", "leads up, as Windows writes it")]
    [InlineData("../evil.txt", "leads out of the archive")]
    [InlineData("/etc/evil.txt", "absolute")]
    [InlineData("projects//etc/../../../evil.txt", "hidden behind an empty part")]
    [InlineData("streams/evil.txt", "a part that no backup has")]
    [InlineData("evil.txt", "a file that no backup has")]
    public async Task An_archive_with_a_path_that_leads_elsewhere_is_refused_whole(string name, string because)
    {
        var home = await MakeHomeAsync("before");
        Writer(home).Write(Archive);
        using (var zip = ZipFile.Open(Archive, ZipArchiveMode.Update))
        {
            await using var evil = zip.CreateEntry(name).Open();
            evil.Write("evil"u8);
        }

        var before = Snapshot(home);

        var refusal = Assert.Throws<UsageException>(() => Restorer(home).Restore(Archive, force: true));

        Assert.True(refusal.Message.Contains("nothing was restored", StringComparison.Ordinal), because);
        Assert.Equal(before, Snapshot(home));
    }

    [Fact]
    public async Task An_archive_with_a_link_is_refused()
    {
        var home = await MakeHomeAsync("before");
        Writer(home).Write(Archive);
        using (var zip = ZipFile.Open(Archive, ZipArchiveMode.Update))
        {
            var link = zip.CreateEntry("projects/link");
            link.ExternalAttributes = unchecked((int)0xA1FF0000);
            await using var target = link.Open();
            target.Write("/etc"u8);
        }

        Assert.Contains("nothing was restored", Assert.Throws<UsageException>(() => Restorer(home).Restore(Archive, force: true)).Message);
    }

    [Theory]
    [InlineData("no zip at all")]
    [InlineData("")]
    public async Task A_file_that_is_no_backup_is_refused(string content)
    {
        await File.WriteAllTextAsync(Archive, content, TestContext.Current.CancellationToken);

        Assert.Contains("no backup of this server", Assert.Throws<UsageException>(() => Restorer(_folder).Restore(Archive, force: true)).Message);
    }

    [Fact]
    public async Task A_backup_with_a_damaged_database_changes_nothing()
    {
        var home = await MakeHomeAsync("before");
        Writer(home).Write(Archive);
        using (var zip = ZipFile.Open(Archive, ZipArchiveMode.Update))
        {
            zip.GetEntry("cowork.db")!.Delete();
            await using var database = zip.CreateEntry("cowork.db").Open();
            database.Write("not a database, however long this text may get before it is looked at by somebody who knows what one is"u8);
        }

        var before = Snapshot(home);

        Assert.Contains("Nothing was restored", Assert.Throws<UsageException>(() => Restorer(home).Restore(Archive, force: true)).Message);
        Assert.Equal(before, Snapshot(home));
    }

    [Fact]
    public async Task A_damaged_database_can_be_replaced()
    {
        var home = await MakeHomeAsync("good");
        Writer(home).Write(Archive);
        await File.WriteAllTextAsync(Path.Combine(home, ".cowork", "cowork.db"), "rubbish", TestContext.Current.CancellationToken);

        Restorer(home).Restore(Archive, force: true);

        using var database = ReferenceFile.Open(ReferenceFile.Path(home));
        Assert.Equal(["good"], ReferenceFile.Query(database, "SELECT topic FROM conversations"));
    }

    [Fact]
    public async Task The_command_line_backs_up_and_restores()
    {
        var home = await MakeHomeAsync("from the command line");
        var port = ("COWORK_SERVER_PORT", "1");

        var (code, output, errors) = await CommandLineRun.RunAsync(home, ["backup", Archive], port);
        Assert.True(code == 0 && output.StartsWith($"Backed up to {Archive}: ", StringComparison.Ordinal), output + errors);
        (code, _, errors) = await CommandLineRun.RunAsync(home, ["backup", Archive], port);
        Assert.True(code == 2 && errors.Contains("--force", StringComparison.Ordinal), errors);
        (code, _, errors) = await CommandLineRun.RunAsync(home, ["restore", Archive], port);
        Assert.True(code == 2 && errors.Contains("--force", StringComparison.Ordinal), errors);
        (code, output, errors) = await CommandLineRun.RunAsync(home, ["restore", "--force", Archive], port);
        Assert.True(code == 0 && output.Contains("before-restore-", StringComparison.Ordinal), output + errors);
        (code, _, errors) = await CommandLineRun.RunAsync(home, ["restore", Path.Combine(_folder, "none.zip"), "--force"], port);
        Assert.True(code == 2 && errors.StartsWith("There is no file", StringComparison.Ordinal), errors);
    }

    [Theory]
    [InlineData("COWORK_SERVER_PORT", "eighty", "COWORK_SERVER_PORT is 'eighty', which is no port number.")]
    [InlineData("DATABASE_URI", "sqlite:////proc/nowhere/cowork.db", "The database /proc/nowhere/cowork.db cannot be opened for writing.")]
    public async Task A_start_that_cannot_be_ends_with_a_sentence_and_exit_code_2(string name, string value, string sentence)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() && value.Contains("/proc", StringComparison.Ordinal), "There is no such folder.");

        var (code, output, errors) = await CommandLineRun.RunAsync(_folder, [], (name, value));

        Assert.Equal(2, code);
        Assert.StartsWith(sentence, errors);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Equal("", output);
    }

    async Task<string> MakeHomeAsync(string title)
    {
        var home = Directory.CreateDirectory(Path.Combine(_folder, "home")).FullName;
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync(title);
        var copy = Path.Combine(home, "made.zip");
        Writer(host.Home).Write(copy);
        Restorer(home).Restore(copy, force: false);
        File.Delete(copy);
        return home;
    }

    static List<string> Snapshot(string home) =>
        [.. Directory.EnumerateFileSystemEntries(home, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(p => $"{p} {(File.Exists(p) ? new FileInfo(p).Length : 0)}")];

    static BackupWriter Writer(string home) => new(Options(home), TimeProvider.System);

    static BackupRestorer Restorer(string home) => new(Options(home), TimeProvider.System);

    static ServerOptions Options(string home) => ServerOptions.Read(_ => null, home);
}
