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
        if (LenientBool.TryParse(http.Request.Query["stream"], out var stream) && stream)
            await streams.FollowAsync(http, turn, TurnStreams.ResumeFrom(http.Request, Number(http.Request, "starting_after") is { } after ? after + 1 : 0));
        else
            await answers.WriteAsync(http, turn.Id, failAsError: false);
    }

    static async Task Cancel(HttpContext http, string id, TurnService turns, TurnAnswers answers)
    {
        var turn = answers.Find(id);
        await turns.CancelAsync(turn, http.RequestAborted);
        await answers.WriteAsync(http, turn.Id, failAsError: false);
    }

    static async Task Tail(HttpContext http, TurnLogs logs)
    {
        var text = http.Request.Query["conversation_id"].ToString();
        if (text.Length == 0)
            throw ApiException.Invalid("conversation_id", "Say which conversation: conversation_id.");
        var from = TurnStreams.ResumeFrom(http.Request, Number(http.Request, "from_seq") ?? 0);
        if (!Guid.TryParse(text, out var conversation) || logs.Find(conversation) is not { } log)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await http.Response.WriteAsJsonAsync(new("not_found", "Nothing was streamed in this conversation. Read its items instead."), TurnsJson.Default.TailMissing);
            return;
        }

        await TurnStreams.WriteAsync(http, log, from);
    }

    static IResult InFlightOf(HttpRequest request, TurnService turns, TurnLogs logs)
    {
        if (!Guid.TryParse(request.Query["conversation_id"], out var conversation) || logs.Find(conversation) is not { } log)
            return TypedResults.Json(new(false, 0, null, false), TurnsJson.Default.InFlight);
        return TypedResults.Json(new(true, log.RecordCount, log.Number, turns.Running(conversation) is not null), TurnsJson.Default.InFlight);
    }

    static IResult InFlightAll(TurnStore store, TurnLogs logs)
    {
        IReadOnlyList<InFlightTurn> running =
        [
            .. store.Open().Where(t => t.Status == TurnStatus.Running)
                .Select(t => new InFlightTurn(t.ConversationId, t.Number, logs.Find(t.ConversationId, t.Number)?.RecordCount ?? 0)),
        ];
        return PolledJson.Of(new(running), TurnsJson.Default.InFlightList);
    }

    static async Task<IResult> CancelConversation(HttpRequest request, TurnService turns, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync(request, CancelJson.Default.CancelRequest);
        var cancelled = Guid.TryParse(body.ConversationId, out var conversation) && await turns.CancelRunningAsync(conversation, ct);
        return TypedResults.Json(new(cancelled, body.ConversationId), TurnsJson.Default.CancelResult);
    }

    static IResult Queue(string id, TurnStore store)
    {
        var conversation = RouteId.Parse(id);
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
