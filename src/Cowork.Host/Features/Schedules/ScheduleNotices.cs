using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Secrets;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Schedules;

/// <summary>What is posted when a run has ended.</summary>
/// <param name="ConversationId">Null when the run never had one.</param>
sealed record RunNotification(
    Guid ScheduleId, string Title, Guid RunId, string Status, string? ErrorCode, string? Error, Guid? ConversationId, DateTime StartedAt, DateTime FinishedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunNotification))]
sealed partial class RunNotificationJson : JsonSerializerContext;

/// <summary>
/// Tells others that a run has ended. Each run's row says how often that is still to be tried, so an end that nobody took is told
/// again, and one that the server did not live to tell is told after its next start. Thread-safe.
/// </summary>
[FeatureService]
sealed partial class ScheduleNotices(Database database, SecretBox secrets, TimeProvider time, ILogger<ScheduleNotices> log) : IDisposable
{
    /// <summary>How often an end is told at most.</summary>
    public const int Tries = 3;

    const int AtOnce = 8;

    const string Select =
        """
        SELECT s.notify_token, s.id, s.title, r.id, r.status, r.error_code, r.error, (SELECT c.id FROM conversations c WHERE c.id = r.conversation_id), r.started_at, r.finished_at, s.notify_secret
        FROM schedule_runs r JOIN schedules s ON s.id = r.schedule_id WHERE r.id = ?1 AND r.notices_left > 0
        """;

    readonly HttpClient _http = WebhookHttp.Create();
    readonly SemaphoreSlim _places = new(AtOnce);
    readonly ConcurrentDictionary<Guid, bool> _underWay = new();

    /// <summary>Tells all that is still to be told.</summary>
    public Task SendDueAsync(CancellationToken ct) =>
        Task.WhenAll(database.Query(s => s.List(r => Encodings.ToId(r.GetString(0)), "SELECT id FROM schedule_runs WHERE notices_left > 0")).Select(id => SendAsync(id, ct)));

    /// <summary>Tells the end of a run, if it is still to be told.</summary>
    public async Task SendAsync(Guid runId, CancellationToken ct)
    {
        if (!_underWay.TryAdd(runId, true))
            return;
        try
        {
            await _places.WaitAsync(ct);
            try
            {
                if (database.Query(s => s.List(Read, Select, runId)) is [var (token, secret, notification)])
                    await NoteAsync(runId, isDone: token is null || await TryPostAsync(token, secret, notification, ct));
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Told after the next start.
        }
        finally
        {
            _underWay.TryRemove(runId, out _);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    async Task<bool> TryPostAsync(string token, string? secretToken, RunNotification notification, CancellationToken ct)
    {
        string? secret = null;
        if (!secrets.TryDecrypt(token, out var url) || (secretToken is not null && !secrets.TryDecrypt(secretToken, out secret)))
        {
            AddressUnreadable(log, notification.ScheduleId);
            return true;
        }

        try
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(notification, RunNotificationJson.Default.RunNotification);
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json", "utf-8") } } };
            NoticeSignature.Apply(request, notification.RunId, time.GetUtcNow(), body, secret);
            // Whatever it answers beside the status is not read.
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            response.EnsureSuccessStatusCode();
            return true;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            NotTold(log, e, notification.RunId, notification.ScheduleId);
            return false;
        }
    }

    Task NoteAsync(Guid runId, bool isDone) =>
        database.WriteAsync(w => w.Execute("UPDATE schedule_runs SET notices_left = CASE WHEN ?2 THEN 0 ELSE notices_left - 1 END WHERE id = ?1", runId, isDone));

    static (string? Token, string? Secret, RunNotification Notification) Read(SqliteDataReader row) => (
        row.TextOrNull(0),
        row.TextOrNull(10),
        new(
            Encodings.ToId(row.GetString(1)), row.GetString(2), Encodings.ToId(row.GetString(3)), row.GetString(4), row.TextOrNull(5), row.TextOrNull(6),
            row.IdOrNull(7), Encodings.ToTime(row.GetString(8)), Encodings.ToTime(row.GetString(9))));

    // Without the address: it may be a secret.
    [LoggerMessage(LogLevel.Warning, "The webhook of schedule {Schedule} did not take the end of run {Run}")]
    static partial void NotTold(ILogger log, Exception e, Guid run, Guid schedule);

    [LoggerMessage(LogLevel.Error, "The webhook's address or secret of schedule {Schedule} cannot be decrypted with this master key. Enter the address again, and make a new secret")]
    static partial void AddressUnreadable(ILogger log, Guid schedule);
}
