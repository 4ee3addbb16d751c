using Cowork.Harness.Anton.Tools;
using Cowork.Testing;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class ConsentTests
{
    [Fact]
    public async Task A_cell_that_may_not_run_does_not()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        var person = (TestTurnServices)turn.Context.Services;
        person.Decide = asked => new(asked.Action != "run_code", "The project does not allow this.");

        var refusal = await Assert.ThrowsAsync<ToolException>(() => turn.ExecAsync("open('made', 'w')"));
        await Assert.ThrowsAsync<ToolException>(() => turn.CallAsync("install", packages: "pandas"));

        Assert.Equal("It was not run. The project does not allow this.", refusal.Message);
        Assert.False(File.Exists(Path.Combine(pads.Project.Directory, "made")));
        Assert.Equal(["python", "python"], person.Asked.Select(asked => asked.Subject));
    }
}
