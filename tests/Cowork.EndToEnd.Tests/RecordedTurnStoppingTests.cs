using System.Text.RegularExpressions;

namespace Cowork.EndToEnd.Tests;

/// <summary>Recorded turns that a person or a time limit ended.</summary>
public sealed partial class RecordedTurnStoppingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_turn_that_is_stopped_in_mid_answer_keeps_its_text_and_its_last_frame()
    {
        await using var replay = await Replay.StartAsync("cancelled-text");
        var text = "";

        await replay.RunAsync(onFrame: async frame =>
        {
            if (frame.Event != "response.output_text.delta")
                return;
            text += frame.Json["delta"]!.GetValue<string>();
            if (text.Split(' ').Length == 28)
                Assert.True(await replay.Server.Client.CancelAsync(replay.Conversation, Ct));
        });

        await Assert.Single(replay.Model.Requests).ClientGone.WaitAsync(Ct);
    }

    [Fact]
    public async Task A_turn_that_is_stopped_in_a_cell_ends_and_the_next_one_finds_the_variables()
    {
        await using var replay = await Replay.StartAsync("cancelled-cell");

        await replay.RunAsync(onFrame: async frame =>
        {
            if (frame.Event == "response.in_progress" && frame.Json["message"]?.GetValue<string>() == "tick 2")
                Assert.True(await replay.Server.Client.CancelAsync(replay.Conversation, Ct));
        });

        Assert.Single(replay.Model.Requests);
        await replay.RunNextAsync("cancelled-cell-second-turn");
    }

    /// <summary>Half a minute long: no cell can ask for less time.</summary>
    [Fact]
    public async Task A_cell_that_prints_until_its_time_is_up_is_interrupted_and_the_scratchpad_goes_on()
    {
        await using var replay = await Replay.StartAsync("celltimeout");

        // How many seconds it came to print depends on the machine.
        await replay.RunAsync(mask: frame => Seconds().Replace(frame, @"0\n1\n\u2026\n"));
    }

    [GeneratedRegex(@"0\\n1\\n2\\n(\d+\\n)*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Seconds();
}
