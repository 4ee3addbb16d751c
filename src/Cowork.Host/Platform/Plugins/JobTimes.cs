using System.Diagnostics.CodeAnalysis;
using Cowork.Abstractions;
using Cronos;

namespace Cowork.Host.Platform.Plugins;

/// <summary>When a job of a plugin is due.</summary>
sealed class JobTimes
{
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Longest = TimeSpan.FromDays(366);
    static readonly TimeSpan Memorable = TimeSpan.FromMinutes(1);

    readonly TimeSpan _every;
    readonly CronExpression? _cron;

    JobTimes(TimeSpan every, CronExpression? cron) => (_every, _cron) = (every, cron);

    /// <summary>Reads when a job is due.</summary>
    /// <param name="job">The declaration.</param>
    /// <param name="times">Its times.</param>
    /// <returns>Whether it says so in one way, and a possible one.</returns>
    public static bool TryParse(JobDescriptor job, [NotNullWhen(true)] out JobTimes? times)
    {
        times = job switch
        {
            { Every: { } every, Cron: null } when every >= Shortest && every <= Longest => new(every, null),
            { Every: null, Cron: { } text } when CronExpression.TryParse(text, CronFormat.Standard, out var cron) => new(default, cron),
            _ => null,
        };
        return times is not null;
    }

    /// <summary>
    /// Whether the next time follows from the last run, also across a restart. That of a cron expression does not, and a short
    /// interval is over before anybody could notice.
    /// </summary>
    public bool FollowsLastRun => _cron is null && _every >= Memorable;

    /// <summary>The first time after a moment; <c>null</c> when there is none.</summary>
    public DateTimeOffset? After(DateTimeOffset moment, TimeZoneInfo zone) => _cron is null ? moment + _every : _cron.GetNextOccurrence(moment, zone);

    public override string ToString() => _cron is null ? $"every {_every:c}" : $"cron {_cron}";
}
