namespace Cowork.Harness.Anton.Tests.Tools;

public sealed class ArgumentTests
{
    [Fact]
    public async Task Arguments_that_do_not_fit_are_named_without_our_own_words()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.Equal("The argument path is missing.", await tools.FailAsync("read_file", new { }));
        Assert.Equal("The argument path has the wrong type.", await tools.FailAsync("read_file", new { path = 5 }));
        Assert.Equal("The argument path has the wrong type.", await tools.FailAsync("read_file", new { path = (string?)null }));
        Assert.Equal("The argument offset has the wrong type.", await tools.FailAsync("read_file", new { path = "a", offset = "first" }));
        Assert.Equal("The arguments old_text, new_text are missing.", await tools.FailAsync("edit_file", new { path = "a" }));
        Assert.Equal("The argument files[1] has the wrong type.", await tools.FailAsync("query_data", new { files = new object[] { "a", 1 } }));
        Assert.Equal("The argument files[1] has the wrong type.", await tools.FailAsync("query_data", new { files = new[] { "a", null } }));
    }
}
