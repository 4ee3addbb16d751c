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
    public async Task A_failed_turn_and_wrong_usage_have_exit_codes_of_their_own()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        var (exitCode, _, error) = await server.RunAsync(Ct, "ask", "hello", "--harness", "anton");
        Assert.Equal(1, exitCode);
        Assert.Contains("anthropic_api_key", error, StringComparison.Ordinal);

        (exitCode, _, error) = await server.RunAsync(Ct, "frobnicate");
        Assert.Equal(2, exitCode);
        Assert.NotEmpty(error);
    }

    [Theory]
    [InlineData("answer", "ask", "   ")]
    [InlineData("nosuch", "ask", "hello", "--project", "nosuch")]
    [InlineData("nosuch", "ask", "hello", "--harness", "nosuch")]
    [InlineData("nosuch", "ask", "hello", "--conversation", "nosuch")]
    public async Task A_question_that_cannot_be_asked_is_wrong_usage(string said, params string[] arguments)
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        var (exitCode, _, error) = await server.RunAsync(Ct, arguments);
        Assert.Equal(2, exitCode);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.DoesNotContain("\"id\"", await server.Client.Http.GetStringAsync("conversations", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_one_sentence()
    {
        await using var server = await ServerProcess.StartAsync(Ct);
        await using var other = ServerProcess.NotStarted();
        var (exitCode, output, error) = await other.RunAsync(server.Port, Ct, "serve");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("COWORK_SERVER_PORT", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }
}
