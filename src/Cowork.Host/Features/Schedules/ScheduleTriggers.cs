using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Schedules;

/// <summary>Lets other programs run a schedule, with a secret of its own and with data for the prompt.</summary>
[FeatureService]
sealed class ScheduleTriggers(SchedulesService schedules, ScheduleRunner runner)
{
    public const string SecretHeader = "X-Trigger-Secret";
    const int MaxPayload = 64 * 1024;
    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Makes a new secret; one that was there before stops working.</summary>
    public async Task<string> RotateSecretAsync(Guid id, CancellationToken ct)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await schedules.ChangeAsync(id, s => s.TriggerSecretHash = Hash(secret), ct);
        return secret;
    }

    public Task RemoveSecretAsync(Guid id, CancellationToken ct) => schedules.ChangeAsync(id, s => s.TriggerSecretHash = null, ct);

    /// <exception cref="ApiException">401: not this schedule's secret; 404: no such schedule; 409: paused or busy; 413, 422: the payload.</exception>
    public async Task<Claim> TriggerAsync(Guid id, string secret, Stream body, CancellationToken ct)
    {
        Check(schedules.Get(id), secret);
        var payload = await ReadPayloadAsync(body, ct);
        return await runner.RunNowAsync(
            id,
            (schedule, isRunning) =>
            {
                Check(schedule, secret);
                if (!schedule.Enabled)
                    throw ApiException.Conflict("schedule_paused", "This schedule is paused. Resume it first.");
                if (isRunning && schedule.OverlapPolicy != OverlapPolicy.CancelPrevious)
                    throw ApiException.Conflict("schedule_busy", "The last run of this schedule is still going on. Try again when it has ended.");
            },
            payload,
            ct);
    }

    static void Check(Schedule schedule, string secret)
    {
        // A random secret of 256 bits needs no slow hash.
        if (schedule.TriggerSecretHash is not { } hash || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Hash(secret))))
            throw new ApiException(StatusCodes.Status401Unauthorized, "wrong_secret", $"Send the secret of this schedule in the header {SecretHeader}.");
    }

    static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <returns>JSON; null when nothing was sent.</returns>
    static async Task<string?> ReadPayloadAsync(Stream body, CancellationToken ct)
    {
        var bytes = new byte[MaxPayload + 1];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        if (length > MaxPayload)
            throw ApiException.TooLarge($"A payload may have at most {MaxPayload / 1024} KiB.");
        if (length == 0)
            return null;
        try
        {
            var text = StrictUtf8.GetString(bytes.AsSpan(0, length));
            using var json = JsonDocument.Parse(text);
            return json.RootElement.GetRawText();
        }
        catch (DecoderFallbackException)
        {
            throw ApiException.BadRequest("invalid_encoding", "The body is not valid UTF-8.");
        }
        catch (JsonException)
        {
            throw ApiException.Invalid("body", "The payload must be JSON.");
        }
    }
}
