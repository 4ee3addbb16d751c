using System.Text.RegularExpressions;
using Cowork.Host.Features.Approvals;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Secrets;

namespace Cowork.Host.Features.Schedules;

/// <summary>Puts what a client sent into a schedule; the one place that says what a schedule may look like.</summary>
static partial class ScheduleChange
{
    const int MaxTitle = 255;
    const int MaxPrompt = 1_000_000;
    const int MaxName = 255;
    const int MaxMinutes = 366 * 24 * 60;
    const int MaxTimeLimit = 7 * 24 * 60;
    const int MaxRetries = 10;
    const int MaxApproved = 100;

    /// <exception cref="ApiException">422: a field has a value that it cannot have.</exception>
    public static void Apply(ScheduleWrite write, Schedule to, HarnessChoice harnesses, SecretBox secrets, DateTime now)
    {
        if (write.Title is not null)
            to.Title = TextField.Required("title", write.Title, MaxTitle);
        if (write.Prompt is not null)
            to.Prompt = TextField.Required("prompt", write.Prompt, MaxPrompt);
        if (write.Model is not null)
            to.Model = write.Model.Length == 0 ? Schedule.DefaultModel : TextField.Limited("model", write.Model, MaxName);
        to.Enabled = write.Enabled ?? to.Enabled;
        to.MissedPolicy = OneOf("missed_policy", write.MissedPolicy, MissedPolicy.All) ?? to.MissedPolicy;
        to.OverlapPolicy = OneOf("overlap_policy", write.OverlapPolicy, OverlapPolicy.All) ?? to.OverlapPolicy;
        if (write.TimeLimitMinutes is { } limit)
            to.TimeLimitMinutes = Number("time_limit_minutes", limit, 0, MaxTimeLimit) is 0 ? null : limit;
        if (write.MaxRetries is { } retries)
            to.MaxRetries = Number("max_retries", retries, 0, MaxRetries);
        if (write.Harness is not null)
            to.Harness = write.Harness.Length == 0 ? null : harnesses.Choose(write.Harness);
        // What is shown of the address and comes back with a form changes nothing.
        if (write.NotifyUrl is not null && write.NotifyUrl != to.NotifyUrl)
            (to.NotifyUrl, to.NotifyToken) = write.NotifyUrl.Length == 0 ? (null, null) : (WebhookAddress.Shown(WebhookAddress.Parse(write.NotifyUrl)), secrets.Encrypt(write.NotifyUrl));
        to.Approvals = Approvals(write, to.Approvals);
        if (write.TokenBudget is { } budget)
            to.TokenBudget = budget switch
            {
                0 => null,
                > 0 => budget,
                _ => throw ApiException.Invalid("token_budget", "token_budget must be a number of tokens, or 0 for any number."),
            };
        ApplyRhythm(write, to, now);
    }

    static UnattendedApprovals Approvals(ScheduleWrite write, UnattendedApprovals before)
    {
        var policy = OneOf("approval_policy", write.ApprovalPolicy, [ApprovalPolicy.Deny, ApprovalPolicy.Allow]) ?? before.Policy;
        if (write.ApprovedActions is not { } sent)
            return before with { Policy = policy };
        if (sent.Count > MaxApproved || !sent.All(entry => entry is { Length: <= MaxPrompt } && Approved().IsMatch(entry)))
            throw ApiException.Invalid("approved_actions", $"approved_actions must be a list of at most {MaxApproved} entries such as run_command, or run_command: npm test.");
        return new(policy, [.. sent.Distinct()]);
    }

    static void ApplyRhythm(ScheduleWrite write, Schedule to, DateTime now)
    {
        var before = (to.Cadence, to.Cron, to.EveryMinutes, to.Timezone, to.NextRunAt);
        if (write.Timezone is not null)
            to.Timezone = Rhythm.TryFindZone(write.Timezone, out _)
                ? write.Timezone
                : throw ApiException.Invalid("timezone", "This is no time zone. Use a name such as Europe/Berlin or America/New_York, or UTC.");
        to.Cadence = OneOf("cadence", write.Cadence, Cadence.All) ?? to.Cadence;
        to.Cron = to.Cadence == Cadence.Cron ? Cron(write.Cron ?? to.Cron) : null;
        to.EveryMinutes = to.Cadence == Cadence.Every
            ? Number("every_minutes", write.EveryMinutes ?? to.EveryMinutes ?? throw ApiException.Invalid("every_minutes", "The field 'every_minutes' is missing."), 1, MaxMinutes)
            : null;
        if (write.NextRunAt is not null)
            to.NextRunAt = Time(write.NextRunAt);
        else if (to.Timezone != before.Timezone && to.Cadence is Cadence.Once or Cadence.Daily or Cadence.Weekly)
            to.NextRunAt = Rhythm.SameWallClock(to.NextRunAt, before.Timezone, to.Timezone);
        var isOfOwnRhythm = to.Cadence is Cadence.Cron or Cadence.Every;
        var isNewRhythm = before != (to.Cadence, to.Cron, to.EveryMinutes, to.Timezone, to.NextRunAt);
        if (isNewRhythm && write.NextRunAt is null && isOfOwnRhythm)
            to.NextRunAt = First(to, now);
        if (!isNewRhythm)
            return;
        to.AnchorAt = to.NextRunAt;
        // Nine o'clock has passed there already: the next one is meant, not one to catch up with.
        if (write.NextRunAt is null && to.NextRunAt <= now && before.NextRunAt > now && to.Cadence != Cadence.Once)
            to.NextRunAt = Rhythm.Of(to).Next(to.NextRunAt, now) ?? to.NextRunAt;
    }

    /// <summary>The first occurrence of a rhythm that needs no beginning.</summary>
    static DateTime First(Schedule schedule, DateTime now) =>
        Rhythm.Of(schedule).Next(now, now) ?? throw ApiException.Invalid("cron", "This cron expression never comes true. Choose a day that exists.");

    static string Cron(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw ApiException.Invalid("cron", "The field 'cron' is missing.");
        if (text.Length > 128 || !Rhythm.TryParseCron(text, out var cron))
            throw ApiException.Invalid("cron", "This is no cron expression. Use five fields: minute, hour, day of month, month, day of week; for example '30 9 * * MON-FRI'.");
        return cron.GetNextOccurrence(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is null
            ? throw ApiException.Invalid("cron", "This cron expression never comes true. Choose a day that exists.")
            : text.Trim();
    }

    static DateTime Time(string text) =>
        LenientTime.TryParse(text, out var time) && time.Year >= 1970 && time < Rhythm.Latest
            ? Encodings.Cut(time)
            : throw ApiException.Invalid("next_run_at", "next_run_at must be a time such as 2030-01-31T09:00:00Z, a date, or a Unix time.");

    static string? OneOf(string field, string? value, IReadOnlyList<string> all) =>
        value is null || all.Contains(value) ? value : throw ApiException.Invalid(field, $"{field} must be one of: {string.Join(", ", all)}.");

    static int Number(string field, int value, int least, int most) =>
        value >= least && value <= most ? value : throw ApiException.Invalid(field, $"{field} must be a number from {least} to {most}.");

    [GeneratedRegex("^[a-z0-9_]{1,64}(: .+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Approved();
}
