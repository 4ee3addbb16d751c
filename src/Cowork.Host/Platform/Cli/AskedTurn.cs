using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cowork.Host.Platform.Cli;

/// <summary>A turn that was asked for on the command line: the answer goes to stdout as it comes, all else to stderr.</summary>
/// <param name="questions">Answers what the agent asks in between.</param>
sealed class AskedTurn(HttpClient http, string address, TurnQuestions questions)
{
    /// <summary>How long somebody who pressed Ctrl+C waits for the turn to end.</summary>
    static readonly TimeSpan Stopping = TimeSpan.FromSeconds(2);
    string? _id;

    /// <param name="request">The body of <c>POST /responses</c>.</param>
    /// <param name="ct">Stops the turn.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(JsonObject request, CancellationToken ct)
    {
        try
        {
            return await StreamAsync(request, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await StopAsync();
            await Console.Error.WriteLineAsync("\nStopped.");
            return CommandLine.Failed;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            await Console.Error.WriteLineAsync("\nThe server went away before the answer was complete. What it had is kept in the conversation.");
            return CommandLine.Failed;
        }
    }

    async Task<int> StreamAsync(JsonObject request, CancellationToken ct)
    {
        using var body = new StringContent(request.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{address}/api/v1/responses") { Content = body };
        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        if (!response.IsSuccessStatusCode)
        {
            var problem = await JsonNode.ParseAsync(stream, cancellationToken: ct);
            await Console.Error.WriteLineAsync(problem?["detail"]?.GetValue<string>() ?? $"The server answered {(int)response.StatusCode}.");
            // The request was wrong, so no turn ran.
            return response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity ? CommandLine.UsedWrongly : CommandLine.Failed;
        }

        await foreach (var e in SseParser.Create(stream).EnumerateAsync(ct))
            if (await ShowAsync(e.EventType, e.Data, ct) is { } exitCode)
                return exitCode;
        throw new IOException("The stream ended before the answer did.");
    }

    /// <returns>The exit code at the end of the turn, else null.</returns>
    async Task<int?> ShowAsync(string type, string data, CancellationToken ct)
    {
        using var json = JsonDocument.Parse(data);
        var e = json.RootElement;
        switch (type)
        {
            case "response.created":
                _id = e.GetProperty("response").GetProperty("id").GetString();
                return null;
            case "response.output_text.delta":
                Console.Write(TerminalText.ForOutput(e.GetProperty("delta").GetString()!));
                return null;
            case "response.in_progress":
                TerminalText.WriteActivity(e.GetProperty("content").GetString()!);
                return null;
            case "response.approval_requested":
                await questions.DecideAsync(e.GetProperty("approval"), ct);
                return null;
            case "response.question_requested":
                await questions.AnswerAsync(e.GetProperty("question"), ct);
                return null;
            case "response.completed":
                Console.WriteLine();
                return 0;
            case "response.failed":
                Console.WriteLine();
                Console.Error.WriteLine(TerminalText.ForError(e.GetProperty("error").GetString()!));
                return CommandLine.Failed;
            default:
                return null;
        }
    }

    /// <summary>Best effort: a server that is gone has nothing left to stop.</summary>
    async Task StopAsync()
    {
        if (_id is null)
            return;
        using var patience = new CancellationTokenSource(Stopping);
        try
        {
            (await http.PostAsync(new Uri($"{address}/api/v1/responses/{_id}/cancel"), null, patience.Token)).Dispose();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It ends by itself, or with its server.
        }
    }
}
