using System.CommandLine;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Settings;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server ask</c>: one question from the terminal, answered as it comes.</summary>
static class AskCommand
{
    public static Command Create()
    {
        var question = new Argument<string>("question") { Description = "What to ask." };
        var project = new Option<string?>("--project") { Description = "Name of the project to work in." };
        var harness = new Option<string?>("--harness") { Description = "The agent to ask." };
        var conversation = new Option<string?>("--conversation") { Description = "Id of the conversation to go on with." };
        var command = new Command("ask", "Ask something and stream the answer.") { question, project, harness, conversation };
        command.SetAction((parsed, ct) => RunAsync(
            new JsonObject
            {
                ["input"] = parsed.GetValue(question),
                ["stream"] = true,
                ["project"] = parsed.GetValue(project),
                ["harness"] = parsed.GetValue(harness),
                ["conversation"] = Id(parsed.GetValue(conversation)),
            },
            ct));
        return command;
    }

    /// <summary>The server would open a new conversation for a text that is no id.</summary>
    static string? Id(string? conversation) =>
        conversation is null || Guid.TryParse(conversation, out _) ? conversation : throw new UsageException($"'{conversation}' is no id of a conversation. It is a UUID.");

    static async Task<int> RunAsync(JsonObject request, CancellationToken ct)
    {
        var options = ServeCommand.ReadOptions();
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        WebApplication? own = null;
        try
        {
            var address = await RunningServer.FindAsync(http, options, ct);
            if (address is null)
            {
                try
                {
                    own = await StartOwnAsync(options, ct);
                    address = own.Urls.First();
                }
                catch (UsageException)
                {
                    // Perhaps one was just starting.
                    address = await RunningServer.FindAsync(http, options, ct);
                    if (address is null)
                        throw;
                }
            }

            return await new AskedTurn(http, address, TurnQuestions.AtTheTerminal(http, address)).RunAsync(request, ct);
        }
        finally
        {
            if (own is not null)
            {
                await own.StopAsync(CancellationToken.None);
                await own.DisposeAsync();
            }
        }
    }

    static async Task<WebApplication> StartOwnAsync(ServerOptions options, CancellationToken ct)
    {
        // Any free port: the usual one stays free for the app.
        var own = ServeCommand.Build(
            options with { Port = 0, ServesOneCall = true, Log = options.Log.ForOneCall() },
            // A signal stops the turn first, and the server when that has ended.
            builder => builder.Services.AddSingleton<IHostLifetime, EndsWithItsCall>());
        try
        {
            await own.StartAsync(ct);
            await own.Services.GetRequiredService<ModelSettings>().LookForLocalAsync(ct);
            return own;
        }
        catch
        {
            await own.DisposeAsync();
            throw;
        }
    }

    sealed class EndsWithItsCall : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
