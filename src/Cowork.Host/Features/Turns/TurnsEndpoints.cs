using System.Globalization;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Turns.Log;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

sealed class TurnsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var responses = api.MapGroup("/responses").WithTags("Responses");
        responses.MapPost("/", Create);
        responses.MapGet("/tail", Tail);
        responses.MapGet("/in-flight", InFlightOf);
        responses.MapGet("/in-flight-list", InFlightAll);
        responses.MapPost("/cancel", CancelConversation);
        responses.MapGet("/{id}", Get);
        responses.MapPost("/{id}/cancel", Cancel);
        var queue = api.MapGroup("/conversations/{id}/queue").WithTags("Responses");
        queue.MapGet("/", Queue);
        queue.MapDelete("/{turn}", Withdraw);
    }

    static async Task Create(HttpContext http, TurnIntake intake, TurnStreams streams, TurnService turns, TurnAnswers answers)
    {
        var request = await JsonBody.ReadAsync(http.Request, TurnsJson.Default.ResponseRequest);
        var turn = await intake.SubmitAsync(request, http.RequestAborted);
        if (request.Stream)
        {
            await streams.FollowAsync(http, turn, from: 0);
            return;
        }

        if (!request.Background)
            await turns.WaitForEndAsync(turn.Id, http.RequestAborted);
        await answers.WriteAsync(http, turn.Id, failAsError: !request.Background);
    }

    static async Task Get(HttpContext http, string id, TurnStreams streams, TurnAnswers answers)
    {
        var turn = answers.Find(id);
        var text = http.Request.Query["stream"].ToString();
        var stream = false;
        if (text.Length > 0 && !LenientBool.TryParse(text, out stream))
            throw ApiException.Invalid("stream", "stream must be true or false.");
        // Sequence numbers count from 1, frames from 0: the frame after one has its number.
        if (stream)
            await streams.FollowAsync(http, turn, TurnStreams.ResumeFrom(http.Request, Number(http.Request, "starting_after") ?? 0));
        else
            await answers.WriteAsync(http, turn.Id, failAsError: false);
    }

    static async Task Cancel(HttpContext http, string id, TurnService turns, TurnAnswers answers)
    {
        var turn = answers.Find(id);
        await turns.CancelWithWorkAsync(turn, http.RequestAborted);
        await answers.WriteAsync(http, turn.Id, failAsError: false);
    }

    static async Task Tail(HttpContext http, ITurnLogs logs, TurnStreams streams)
    {
        var text = http.Request.Query["conversation_id"].ToString();
        if (text.Length == 0)
            throw ApiException.Invalid("conversation_id", "Say which conversation: conversation_id.");
        var from = TurnStreams.ResumeFrom(http.Request, Number(http.Request, "from_seq") ?? 0);
        if (!Guid.TryParse(text, out var conversation)
            || await logs.LastNumberAsync(conversation) is not { } number
            || await logs.FindAsync(conversation, number) is not { } log)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await http.Response.WriteAsJsonAsync(new("not_found", "Nothing was streamed in this conversation. Read its items instead."), TurnsJson.Default.TailMissing);
            return;
        }

        await streams.WriteAsync(http, log, from);
    }

    static async Task<IResult> InFlightOf(HttpRequest request, TurnService turns, ITurnLogs logs)
    {
        if (!Guid.TryParse(request.Query["conversation_id"], out var conversation) || await logs.LastNumberAsync(conversation) is not { } number)
            return TypedResults.Json(new(false, 0, null, false), TurnsJson.Default.InFlight);
        return TypedResults.Json(new(true, await logs.CountAsync(conversation, number), number, turns.Running(conversation) is not null), TurnsJson.Default.InFlight);
    }

    static async Task<IResult> InFlightAll(TurnStore store, ITurnLogs logs)
    {
        var running = new List<InFlightTurn>();
        foreach (var turn in store.Open().Where(t => t.Status == TurnStatus.Running))
            running.Add(new(turn.ConversationId, turn.Number, await logs.CountAsync(turn.ConversationId, turn.Number)));
        return PolledJson.Of(new(running), TurnsJson.Default.InFlightList);
    }

    static async Task<IResult> CancelConversation(HttpRequest request, TurnService turns, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync(request, CancelJson.Default.CancelRequest);
        var cancelled = Guid.TryParse(body.ConversationId, out var conversation) && await turns.CancelRunningAsync(conversation, ct);
        return TypedResults.Json(new(cancelled, body.ConversationId), TurnsJson.Default.CancelResult);
    }

    static IResult Queue(string id, TurnStore store, ConversationList conversations)
    {
        var conversation = RouteId.Parse(id);
        conversations.Get(conversation);
        IReadOnlyList<QueuedMessage> waiting =
        [
            .. store.Open(conversation).Where(t => t.Status == TurnStatus.Queued)
                .Select((t, i) => new QueuedMessage(t.ResponseId, t.ConversationId, t.Status, i + 1, MessageContent.Parse(t.Input).Text(" "), t.CreatedAt)),
        ];
        return TypedResults.Json(new(waiting), TurnsJson.Default.QueuedMessages);
    }

    static async Task<IResult> Withdraw(string id, string turn, TurnAnswers answers, TurnService turns, CancellationToken ct)
    {
        var waiting = answers.Find(turn);
        if (waiting.ConversationId != RouteId.Parse(id) || waiting.Status != TurnStatus.Queued || !await turns.CancelAsync(waiting, ct))
            throw ApiException.NotFound("not_queued", "This message does not wait any more.");
        return TypedResults.Json(new(true), TurnsJson.Default.Withdrawn);
    }

    static int? Number(HttpRequest request, string name)
    {
        var text = request.Query[name].ToString();
        if (text.Length == 0)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiException.Invalid(name, $"{name} must be a whole number from 0 up.");
    }
}
