using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>Turns as clients have known them for long, replayed against the built server with real Python.</summary>
public sealed class RecordedTurnTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain")]
    [InlineData("scratchpad")]
    [InlineData("progress")]
    [InlineData("cellerror")]
    [InlineData("multi")]
    [InlineData("dump")]
    [InlineData("slow-tool-args")]
    [InlineData("memorize")]
    [InlineData("recallskill")]
    [InlineData("artifact")]
    [InlineData("truncated")]
    [InlineData("badjson")]
    [InlineData("unknown")]
    [InlineData("incomplete")]
    [InlineData("stuck")]
    [InlineData("round-cap")]
    [InlineData("error-overflow")]
    public async Task A_recorded_turn_looks_the_same(string name)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await StartAsync(model);
        var recorded = RecordedTurn.Read(name);
        recorded.Script(model);

        var frames = await server.Client.AskAsync("go on", null, Ct).ToListAsync(Ct);

        Assert.Equal(recorded.Frames, RecordedTurn.Normalise(frames));
    }

    [Fact]
    public async Task The_next_turn_finds_the_variables_of_the_turn_before()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await StartAsync(model);
        var conversation = Guid.NewGuid();
        RecordedTurn.Read("scratchpad").Script(model);
        await server.Client.AskAsync("go on", conversation, Ct).ToListAsync(Ct);
        var recorded = RecordedTurn.Read("scratchpad-second-turn");
        recorded.Script(model);

        var frames = await server.Client.AskAsync("and now", conversation, Ct).ToListAsync(Ct);

        Assert.Equal(recorded.Frames, RecordedTurn.Normalise(frames));
    }

    static async Task<ServerProcess> StartAsync(ScriptedModel model)
    {
        var server = await ServerProcess.StartAsync(Ct);
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        await server.PythonSearchedAsync(Ct);
        return server;
    }
}
