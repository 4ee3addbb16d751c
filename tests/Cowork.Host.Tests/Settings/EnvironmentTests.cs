using Cowork.Host.Platform.Hosting;
using Serilog.Events;

namespace Cowork.Host.Tests.Settings;

public sealed class EnvironmentTests : IDisposable
{
    readonly string _home = Directory.CreateTempSubdirectory("cowork-test-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void Everything_has_its_place_below_the_home_folder()
    {
        var options = Read();

        Assert.Equal(("127.0.0.1", 26866), (options.Host, options.Port));
        Assert.Equal(Under(".cowork/cowork.db"), options.DatabasePath);
        Assert.Equal(Under(".cowork/projects"), options.ProjectsRoot);
        Assert.Equal(Under(".cowork/files"), options.FilesRoot);
        Assert.Equal(Under(".cowork/streams"), options.StreamsRoot);
        Assert.Equal(Under(".cowork/data-vault"), options.VaultRoot);
        Assert.Equal(Under(".cowork/.master_key"), options.MasterKeyPath);
        Assert.Equal(Under(".cowork/anton/memory"), options.MemoryRoot);
        Assert.Equal(Under(".cowork/anton/skills"), options.SkillsRoot);
        Assert.Equal(Under(".cowork/hermes"), options.HermesRoot);
        Assert.Equal(LogEventLevel.Warning, options.Log.Level);
        Assert.Null(options.Log.Folder);
        Assert.Empty(options.Notices);
    }

    [Theory]
    [InlineData("COWORK_SERVER_PORT=1 SERVER_PORT=2 PORT=3", 1, "the most special name wins")]
    [InlineData("SERVER_PORT=2 PORT=3", 2, "then the older one")]
    [InlineData("PORT=3", 3, "then what every hosting service sets")]
    [InlineData("COWORK_SERVER_PORT= PORT=3", 3, "empty counts as absent")]
    public void The_port_has_three_names(string environment, int port, string because) =>
        Assert.True(port == Read(environment.Split(' ')).Port, because);

    [Theory]
    [InlineData("COWORK_PROJECTS_DIR=/a PROJECTS_ROOT_DIR=/b")]
    [InlineData("PROJECTS_ROOT_DIR=/a")]
    public void Folders_have_two_names(string environment) => Assert.Equal(Path.GetFullPath("/a"), Read(environment.Split(' ')).ProjectsRoot);

    [Fact]
    public void A_tilde_is_the_home_folder() => Assert.Equal(Under("x"), Read("COWORK_FILES_DIR=~/x").FilesRoot);

    [Theory]
    [InlineData("sqlite:////data/a.db", "/data/a.db")]
    [InlineData("sqlite+aiosqlite:////data/a.db", "/data/a.db")]
    [InlineData("sqlite:///~/a.db", "{home}/a.db")]
    [InlineData("sqlite:///a.db", "{here}/a.db")]
    public void A_database_address_becomes_a_path(string uri, string path) =>
        Assert.Equal(
            Path.GetFullPath(path.Replace("{home}", _home, StringComparison.Ordinal).Replace("{here}", Directory.GetCurrentDirectory(), StringComparison.Ordinal)),
            Read($"DATABASE_URI={uri}").DatabasePath);

    [Theory]
    [InlineData("COWORK_SERVER_PORT=http", "no port number")]
    [InlineData("COWORK_SERVER_PORT=0", "no port number")]
    [InlineData("COWORK_SERVER_PORT=65536", "no port number")]
    [InlineData("PORT=-1", "no port number")]
    [InlineData("COWORK_SERVER_HOST=my-machine", "its own computer only")]
    [InlineData("COWORK_SERVER_HOST=0.0.0.0", "its own computer only")] // every interface
    [InlineData("SERVER_HOST=::", "its own computer only")] // the same
    [InlineData("COWORK_SERVER_HOST=192.168.0.7", "its own computer only")]
    [InlineData("DATABASE_URI=postgresql://somewhere/db", "cannot use 'postgresql:'")]
    [InlineData("DATABASE_URI=sqlite:///", "must look like")]
    public void What_a_start_depends_on_must_be_right(string environment, string said) =>
        Assert.Contains(said, Assert.Throws<UsageException>(() => Read(environment)).Message);

    [Theory]
    [InlineData("LOG_LEVEL=LOUD", "LOG_LEVEL is 'LOUD'")]
    [InlineData("ENABLE_FILE_LOGGING=perhaps", "ENABLE_FILE_LOGGING is 'perhaps'")]
    [InlineData("RICH_LOGGING=2", "RICH_LOGGING is '2'")]
    [InlineData("COWORK_STREAM_BACKEND=redis", "COWORK_STREAM_BACKEND is 'redis'")]
    [InlineData("HOST=my-machine", "HOST is 'my-machine'")]
    [InlineData("HOST=0.0.0.0", "HOST is '0.0.0.0'")]
    [InlineData("COWORK_PUBLIC_BASE_URL=cowork.example", "COWORK_PUBLIC_BASE_URL is 'cowork.example'")]
    [InlineData("COWORK_SERVER_ORIGIN=ftp://cowork.example", "COWORK_SERVER_ORIGIN is 'ftp://cowork.example'")]
    [InlineData("ENABLE_FILE_LOGGING=1 LOG_DIR=/no/such/folder", "does not exist; no log files")]
    public void What_a_start_does_not_depend_on_gets_a_notice(string environment, string said)
    {
        var options = Read(environment.Split(' '));

        Assert.Contains(said, Assert.Single(options.Notices));
        Assert.Equal("127.0.0.1", options.Host);
        Assert.Null(options.Log.Folder);
    }

    [Fact]
    public void Files_say_what_the_process_does_not()
    {
        Directory.CreateDirectory(Under(".anton"));
        Directory.CreateDirectory(Under("work"));
        File.WriteAllText(Under(".anton/.env"), "COWORK_TEST_A=home\nCOWORK_TEST_B=home\n");
        File.WriteAllText(Under("work/.env"), "COWORK_TEST_B=\"here\"\nCOWORK_TEST_C='here'\n");

        var lookup = EnvironmentFiles.Lookup(_home, Under("work"));

        Assert.Equal(["home", "here", "here", null], new[] { "A", "B", "C", "D" }.Select(n => lookup($"COWORK_TEST_{n}")));
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), lookup("PATH"));
    }

    [Theory]
    [InlineData("A=1\r\n\n# B=2\nno sign\n =x\nC = d e \n", "A=1,C=d e")]
    [InlineData("A=\"x\"\nB='y'\nC=\"z'\nD=\"", "A=x,B=y,C=\"z',D=\"")]
    [InlineData("A=1\nB=2\nA=3", "A=3,B=2")]
    [InlineData("A=", "A=")]
    [InlineData("A=b=c", "A=b=c")]
    public void Lines_of_a_file_are_read_leniently(string text, string values) =>
        Assert.Equal(values, string.Join(',', EnvironmentFiles.Parse(text).Select(v => $"{v.Key}={v.Value}")));

    [Theory]
    [InlineData("plain")]
    [InlineData(" outer space ")]
    [InlineData("'quoted'")]
    [InlineData("\"")]
    [InlineData("#")]
    [InlineData("")]
    public void What_is_written_is_read_again(string value) =>
        Assert.Equal(value, EnvironmentFiles.Parse(EnvironmentFiles.Format(new Dictionary<string, string> { ["A"] = value }))["A"]);

    ServerOptions Read(params string[] environment)
    {
        var values = environment.ToDictionary(v => v[..v.IndexOf('=', StringComparison.Ordinal)], v => v[(v.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return ServerOptions.Read(name => values.GetValueOrDefault(name), _home);
    }

    string Under(string path) => Path.Combine([_home, .. path.Split('/')]);
}
