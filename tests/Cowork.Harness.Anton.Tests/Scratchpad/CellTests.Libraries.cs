using System.Text;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

/// <summary>What cells do with libraries, those that are there and those that are not.</summary>
public sealed partial class CellTests
{
    [Fact]
    public async Task A_missing_module_brings_a_hint_and_no_installation()
    {
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn().ExecAsync("import notarealmodule_abc.inner");

        Assert.Contains("'notarealmodule_abc' is not installed.", cell.Outcome.Text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(pads.Root, "data", "python")));
    }

    [Fact]
    public async Task A_picture_can_be_written_without_any_package()
    {
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn().ExecAsync("""
            import struct, zlib
            def chunk(kind, data): return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
            raw = b''.join(b'\0' + bytes([x, y, 128]) * 1 for y in range(8) for x in [y])
            png = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 8, 8, 2, 0, 0, 0)) + chunk(b'IDAT', zlib.compress(raw)) + chunk(b'IEND', b'')
            open('chart.png', 'wb').write(png)
            print(len(png) > 60)
            """);

        Assert.Equal("True", cell.Printed());
        var bytes = await File.ReadAllBytesAsync(Path.Combine(pads.Project.Directory, "chart.png"), TestContext.Current.CancellationToken);
        Assert.Equal("\u0089PNG", Encoding.Latin1.GetString(bytes[..4]));
    }

    [Fact]
    public async Task Charts_need_no_screen()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await SkipWithoutAsync(turn, "matplotlib");

        Assert.Equal("True", (await turn.ExecAsync("import os\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('p.png')\nprint(os.path.getsize('p.png') > 0)")).Printed());
    }

    [Fact]
    public async Task Tables_survive_between_turns()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await SkipWithoutAsync(turn, "pandas");

        await turn.ExecAsync("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\nsample(df)");
        Assert.Equal("3", (await pads.Turn(turn.Conversation).ExecAsync("print(df.a.sum())")).Printed());
    }

    [Fact]
    public async Task Samples_say_what_a_value_is()
    {
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn().ExecAsync("sample({'a': 1})\nsample(list(range(1000)))\nsample('x' * 50000)");

        Assert.StartsWith("dict with 1 entries\n'a': 1\nlist with 1000 entries\n0\n", cell.Stdout, StringComparison.Ordinal);
        Assert.InRange(cell.Stdout.Length, 2000, 2500);
    }
}
