using System.Text.Json.Serialization;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Schedules;

/// <summary>What is posted when a run has ended.</summary>
sealed record RunNotification(Guid ScheduleId, string Title, Guid RunId, string Status, string? ErrorCode, string? Error, Guid ConversationId, DateTime StartedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunNotification))]
sealed partial class RunNotificationJson : JsonSerializerContext;

/// <summary>Tells others that a run has ended. A receiver that is down misses it; the run itself is not touched by that.</summary>
[FeatureService]
sealed partial class ScheduleNotices(IHttpClientFactory http, ILogger<ScheduleNotices> log)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task SendAsync(string url, Claim claim, RunResult result, CancellationToken ct)
    {
        try
        {
            using var client = http.CreateClient();
            client.Timeout = Patience;
            var notification = new RunNotification(
                claim.Schedule.Id, claim.Schedule.Title, claim.RunId, result.Status, result.ErrorCode, result.Error, claim.ConversationId, claim.StartedAt);
            using var response = await client.PostAsJsonAsync(url, notification, RunNotificationJson.Default.RunNotification, ct);
            response.EnsureSuccessStatusCode();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            NotSent(log, e, claim.Schedule.Id);
        }
    }

    // Without the address: it may hold a token.
    [LoggerMessage(LogLevel.Warning, "The end of a run of schedule {Schedule} could not be told to its webhook")]
    static partial void NotSent(ILogger log, Exception e, Guid schedule);
}
