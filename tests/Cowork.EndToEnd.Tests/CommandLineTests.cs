namespace Cowork.EndToEnd.Tests;

public sealed class CommandLineTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_is_answered_without_a_server_and_the_pipe_gets_the_answer_alone()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        await server.KillAsync(Ct);
        var (exitCode, output, error) = await server.RunAsync(Ct, "ask", "hello there", "--harness", "echo");
        Assert.Equal((0, "You said: hello there"), (exitCode, output.Trim()));
        Assert.Contains("count_words", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_goes_to_the_server_that_runs_and_is_kept_in_its_conversation()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        var conversation = Guid.NewGuid();
        var (exitCode, _, _) = await server.RunAsync(Ct, "ask", "keep this", "--harness", "echo", "--conversation", $"{conversation}");
        Assert.Equal(0, exitCode);
        Assert.Equal("keep this", (await server.Client.ItemsAsync(conversation, Ct))[0]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_failed_turn_and_wrong_usage_have_exit_codes_of_their_own()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        var (exitCode, _, error) = await server.RunAsync(Ct, "ask", "hello", "--harness", "anton");
        Assert.Equal(1, exitCode);
        Assert.Contains("anthropic_api_key", error, StringComparison.Ordinal);

        (exitCode, _, error) = await server.RunAsync(Ct, "ask", "hello", "--harness", "nobody");
        Assert.Equal(1, exitCode);
        Assert.Contains("nobody", error, StringComparison.Ordinal);

        (exitCode, _, error) = await server.RunAsync(Ct, "frobnicate");
        Assert.Equal(2, exitCode);
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_a_sentence()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        var (exitCode, _, error) = await server.RunAsync(Ct, "serve");
        Assert.Equal(2, exitCode);
        Assert.Contains("COWORK_SERVER_PORT", error, StringComparison.Ordinal);
    }
}
