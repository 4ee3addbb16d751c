using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server ask</c>: one question from the terminal, answered as it comes.</summary>
static class AskCommand
{
    const int Failed = 1;

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
                ["conversation"] = parsed.GetValue(conversation),
            },
            ct));
        return command;
    }

    static async Task<int> RunAsync(JsonObject request, CancellationToken ct)
    {
        var options = ServeCommand.ReadOptions();
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        WebApplication? own = null;
        try
        {
            var address = options.Url;
            if (!await RunningServer.AnswersAsync(http, address, ct))
            {
                // Any free port: the usual one stays free for the app.
                own = ServerApp.Build(options with { Port = 0, Log = options.Log with { ToStandardError = true } });
                await own.StartAsync(ct);
                address = own.Urls.First();
            }

            return await AskAsync(http, address, request, ct);
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

    static async Task<int> AskAsync(HttpClient http, string address, JsonObject request, CancellationToken ct)
    {
        using var body = new StringContent(request.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{address}/api/v1/responses") { Content = body };
        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        if (!response.IsSuccessStatusCode)
        {
            var problem = await JsonNode.ParseAsync(stream, cancellationToken: ct);
            await Console.Error.WriteLineAsync(problem?["detail"]?.GetValue<string>() ?? $"The server answered {(int)response.StatusCode}.");
            return Failed;
        }

        await foreach (var e in SseParser.Create(stream).EnumerateAsync(ct))
            if (Show(e.EventType, e.Data) is { } exitCode)
                return exitCode;
        await Console.Error.WriteLineAsync("The stream ended before the answer did.");
        return Failed;
    }

    /// <returns>The exit code at the end of the turn, else null.</returns>
    static int? Show(string type, string data)
    {
        using var json = JsonDocument.Parse(data);
        var e = json.RootElement;
        switch (type)
        {
            case "response.output_text.delta":
                Console.Write(e.GetProperty("delta").GetString());
                return null;
            case "response.in_progress":
                Dim($"· {e.GetProperty("content").GetString()}");
                return null;
            case "response.completed":
                Console.WriteLine();
                return 0;
            case "response.failed":
                Console.WriteLine();
                Console.Error.WriteLine(e.GetProperty("error").GetString());
                return Failed;
            default:
                return null;
        }
    }

    /// <summary>Tool activity goes to stderr, grey in a terminal, so that a pipe gets the answer alone.</summary>
    static void Dim(string line)
    {
        var isTerminal = !Console.IsErrorRedirected;
        Console.Error.WriteLine(isTerminal ? $"\e[2m{line}\e[0m" : line);
    }
}
