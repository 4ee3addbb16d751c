namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class TracebackTests
{
    [Fact]
    public async Task Of_a_deep_recursion_the_first_and_the_last_calls_are_told()
    {
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn().ExecAsync("""
            import sys
            sys.setrecursionlimit(5000)
            def down(n): return up(n + 1)
            def up(n): return down(n + 1)
            down(0)
            """);

        Assert.Contains("line 5, in <module>", cell.Error, StringComparison.Ordinal);
        Assert.Matches(@"\n  … 49\d\d calls left out …\n", cell.Error);
        Assert.InRange(cell.Error.Split("File \"<cell 1>\"").Length - 1, 35, 40);
        Assert.Contains("RecursionError", cell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_exceptions_that_follow_each_other_without_end_the_last_ones_are_told()
    {
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn().ExecAsync("""
            e = None
            for i in range(3000):
                try:
                    raise ValueError('number %d' % i) from e
                except ValueError as caught:
                    e = caught
            raise e
            """);

        Assert.Contains("ValueError: number 2999", cell.Error, StringComparison.Ordinal);
        Assert.Contains("ValueError: number 2990", cell.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ValueError: number 2900", cell.Error, StringComparison.Ordinal);
    }
}
