using System.IO.Compression;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.Harness.Anton.Tools;
using Cowork.TestKit;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class PythonTests
{
    [Fact]
    public async Task The_scratchpad_is_offered_where_there_is_a_Python()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        var tools = await pads.Source.ToolsAsync(turn.Context, TestContext.Current.CancellationToken);

        Assert.Equal("scratchpad", Assert.Single(tools).Spec.Name);
        Assert.InRange(tools[0].Spec.Description.Length + tools[0].Spec.Parameters.ToMemory().Length, 1, 2000);
        Assert.Empty(turn.Events);
    }

    [Fact]
    public async Task Without_a_Python_nothing_is_offered_and_people_are_told_once()
    {
        await using var pads = PadsUnderTest.Start(options => options with { Variables = new Dictionary<string, string> { ["PATH"] = "/nowhere" } });
        var turn = pads.Turn();

        Assert.Empty(await pads.Source.ToolsAsync(turn.Context, TestContext.Current.CancellationToken));
        Assert.Empty(await pads.Source.ToolsAsync(turn.Context, TestContext.Current.CancellationToken));

        Assert.Equal("no_python", Assert.IsType<HarnessEvent.Warning>(Assert.Single(turn.Events)).Code);
    }

    [Theory]
    [InlineData("exit 9009")] // the stub of the Windows store
    [InlineData("echo 3.8; echo /bin/sh")] // too old
    [InlineData("echo 3.12; echo /nowhere/python")] // names what is not there
    [InlineData("echo Python was not found")] // speaks, but not the truth
    public async Task What_only_looks_like_a_Python_is_passed_over(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        await using var pads = PadsUnderTest.Start(options => options with { Variables = WithFirstOnPath(options, "python3", script) });
        var turn = pads.Turn();

        Assert.Single(await pads.Source.ToolsAsync(turn.Context, TestContext.Current.CancellationToken));
        Assert.Equal("1", (await turn.ExecAsync("print(1)")).Printed());
    }

    [Fact]
    public async Task The_Python_of_the_settings_comes_first()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        await using var pads = PadsUnderTest.Start(options =>
        {
            var real = options.Variables["PATH"].Split(':').Select(folder => Path.Combine(folder, "python3")).First(File.Exists);
            var chosen = Script(Path.Combine(options.DataDirectory, "chosen"), $"touch '{options.DataDirectory}/asked'; exec '{real}' \"$@\"");
            return options with { Variables = new Dictionary<string, string>(options.Variables) { ["COWORK_PYTHON"] = chosen } };
        });

        Assert.Single(await pads.Source.ToolsAsync(pads.Turn().Context, TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(pads.Root, "data", "asked")));
    }

    [Fact]
    public async Task A_Python_that_Settings_name_goes_before_all_others_from_the_next_turn_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        await using var pads = PadsUnderTest.Start();
        Assert.Single(await pads.Turn().ToolsAsync());
        var real = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "python3")).First(File.Exists);
        var chosen = Script(Path.Combine(pads.Root, "chosen"), $"touch '{pads.Root}/asked'; exec '{real}' \"$@\"");

        pads.Settings.Values["anton_python"] = chosen;
        var turn = pads.Turn();

        Assert.Single(await turn.ToolsAsync());
        Assert.True(File.Exists(Path.Combine(pads.Root, "asked")));
        Assert.Empty(turn.Events);
    }

    [Fact]
    public async Task A_named_Python_that_cannot_be_used_is_told_and_another_one_is_taken()
    {
        await using var pads = PadsUnderTest.Start();
        pads.Settings.Values["anton_python"] = "/nowhere/python";
        var turn = pads.Turn();

        Assert.Single(await turn.ToolsAsync());
        Assert.Single(await turn.ToolsAsync());

        var warning = Assert.IsType<HarnessEvent.Warning>(Assert.Single(turn.Events));
        Assert.Equal("python_unusable", warning.Code);
        Assert.Contains("/nowhere/python", warning.Message, StringComparison.Ordinal);
        Assert.Equal("1", (await turn.ExecAsync("print(1)")).Printed());
    }

    [Fact]
    public async Task A_turn_does_not_wait_for_a_search_that_takes_long()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        await using var pads = PadsUnderTest.Start(options => options with
        {
            Variables = WithFirstOnPath(options, "python3", $"while [ ! -f '{options.DataDirectory}/go' ]; do sleep 0.02; done; exit 1"),
            SearchPatience = TimeSpan.FromMilliseconds(50),
        });
        var turn = pads.Turn();

        Assert.Empty(await turn.ToolsAsync());
        Assert.Contains("still being looked for", Assert.IsType<HarnessEvent.Warning>(Assert.Single(turn.Events)).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(pads.Root, "data", "go"), "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await pads.Turn().ToolsAsync() is [_], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_Python_that_has_to_be_fetched_is_there_later_and_no_turn_waits_for_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        await using var pads = PadsUnderTest.Start(options =>
        {
            var path = options.Variables["PATH"];
            var fetched = Script(Path.Combine(options.DataDirectory, "python"), $"PATH='{path}' exec '{path.Split(':').Select(folder => Path.Combine(folder, "python3")).First(File.Exists)}' \"$@\"");
            return options with { Variables = OnlyUv(options, "while [ ! -f go ]; do sleep 0.02; done; touch fetched", $"[ -f fetched ] && echo '{fetched}'") };
        });
        var turn = pads.Turn();

        Assert.Empty(await turn.ToolsAsync());
        Assert.Contains("one is being fetched", Assert.IsType<HarnessEvent.Warning>(Assert.Single(turn.Events)).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(pads.Root, "data", "go"), "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await pads.Turn().ToolsAsync() is [_], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_could_not_be_fetched_is_fetched_again_after_an_hour_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        var clock = new LateClock();
        await using var pads = PadsUnderTest.Start(options => options with { Clock = clock, Variables = OnlyUv(options, "echo x >> tries; exit 1", "exit 1") });
        var tries = Path.Combine(pads.Root, "data", "tries");

        foreach (var (minutes, expected) in new[] { (0, 1), (2, 1), (57, 1), (2, 2) })
        {
            clock.Late += TimeSpan.FromMinutes(minutes);
            Assert.Empty(await pads.Turn().ToolsAsync());
            await Eventually.TrueAsync(() => Task.FromResult(!pads.IsFetching), TestContext.Current.CancellationToken);
            Assert.Equal(expected, (await File.ReadAllLinesAsync(tries, TestContext.Current.CancellationToken)).Length);
        }
    }

    [Fact]
    public async Task Packages_are_installed_by_name_and_a_running_scratchpad_sees_them()
    {
        var wheels = Directory.CreateTempSubdirectory("wheels-").FullName;
        try
        {
            Wheel(wheels, "harbour_tides", "1.0");
            await using var pads = PadsUnderTest.Start(options => options with
            {
                Variables = new Dictionary<string, string>(options.Variables) { ["PIP_NO_INDEX"] = "1", ["PIP_FIND_LINKS"] = wheels },
            });
            var turn = pads.Turn();
            await turn.ExecAsync("x = 41");

            var said = await turn.CallAsync("install", packages: "harbour-tides>=1");
            var running = await turn.ExecAsync("import harbour_tides\nprint(harbour_tides.high, x)");
            var fresh = await turn.ExecAsync("import harbour_tides, sys\nprint(harbour_tides.high, sys.prefix != sys.base_prefix)", pad: "other");

            Assert.Contains("Successfully installed harbour", said, StringComparison.Ordinal);
            Assert.Equal("12 41", running.Printed());
            Assert.Equal("12 True", fresh.Printed());
            Assert.Equal("All of it is installed already.", await turn.CallAsync("install", packages: "harbour-tides>=1"));
            var failure = await Assert.ThrowsAsync<ToolException>(() => turn.CallAsync("install", packages: "definitely-not-there"));
            Assert.StartsWith("Install failed (exit 1).", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(wheels, recursive: true);
        }
    }

    [Theory]
    [InlineData("git+https://example.org/x.git")] // anything from anywhere
    [InlineData("x @ file:///tmp/x.whl")] // the same in new clothes
    [InlineData("./local")] // a path
    [InlineData("-r requirements.txt")] // an option
    [InlineData("--index-url=http://127.0.0.1/")] // another source
    [InlineData("pandas; os.system('x')")] // a marker that is none
    [InlineData("pandas numpy")] // two in one
    [InlineData("")] // nothing
    public async Task Only_names_of_packages_are_installed(string package)
    {
        await using var pads = PadsUnderTest.Start();

        var refusal = await Assert.ThrowsAsync<ToolException>(() => pads.Turn().CallAsync("install", packages: package));

        Assert.Contains("is not a package name", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(pads.Root, "data", "python")));
    }

    [Theory]
    [InlineData(null, 120)] // no estimate
    [InlineData(0.0, 120)] // an estimate that is none
    [InlineData(1.0, 31)] // short: half a minute more
    [InlineData(20.0, 50)]
    [InlineData(60.0, 120)] // long: twice as much
    [InlineData(600.0, 1200)]
    [InlineData(1e12, 3600)] // never longer than an hour
    public void The_time_limit_follows_the_estimate(double? estimate, double seconds) =>
        Assert.Equal(seconds, ScratchpadOptions.From("x").LimitFor(estimate).TotalSeconds);

    /// <summary>A machine that has nothing but uv.</summary>
    static Dictionary<string, string> OnlyUv(ScratchpadOptions options, string install, string find)
    {
        var folder = Path.Combine(options.DataDirectory, "bin");
        Script(Path.Combine(folder, "uv"), $"PATH=/usr/bin:/bin; cd '{options.DataDirectory}'\nif [ \"$2\" = install ]; then {install}\nelse {find}\nfi");
        return new() { ["PATH"] = folder };
    }

    /// <summary>The real time, later.</summary>
    sealed class LateClock : TimeProvider
    {
        public TimeSpan Late { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Late.TotalSeconds * TimestampFrequency);
    }

    static Dictionary<string, string> WithFirstOnPath(ScratchpadOptions options, string name, string script)
    {
        var folder = Path.Combine(options.DataDirectory, "bin");
        Script(Path.Combine(folder, name), script);
        return new(options.Variables) { ["PATH"] = $"{folder}:{options.Variables["PATH"]}" };
    }

    static string Script(string path, string body)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    static void Wheel(string folder, string name, string version)
    {
        using var wheel = ZipFile.Open(Path.Combine(folder, $"{name}-{version}-py3-none-any.whl"), ZipArchiveMode.Create);
        foreach (var (path, content) in new[]
        {
            ($"{name}.py", "high = 12\n"),
            ($"{name}-{version}.dist-info/METADATA", $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
            ($"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ($"{name}-{version}.dist-info/RECORD", ""),
        })
        {
            using var writer = new StreamWriter(wheel.CreateEntry(path).Open());
            writer.Write(content);
        }
    }
}
