using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security;
using Cronos;

namespace Cowork.Host.Features.Schedules;

/// <summary>
/// When a schedule is due. Hourly and every N minutes count elapsed time; daily, weekly and cron keep the wall clock of the zone. What a
/// change of the clock skips comes as soon as the clock goes on, all of it once. What comes twice counts once, the first time, but
/// for a cron expression with <c>*</c>, a range or a step in its minutes or hours: that is an interval, which goes on through the
/// hour that comes twice.
/// </summary>
sealed class Rhythm
{
    /// <summary>More than this is not counted one by one: a cron of every minute after a year of sleep.</summary>
    const int MaxCounted = 10_000;

    /// <summary>The zone data and the calendar of some platforms end before the year 10000.</summary>
    public static readonly DateTime Latest = new(9000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Files among the zones that are none, or another one on each machine.</summary>
    static readonly string[] NoPlaces = ["localtime", "posixrules", "Factory"];

    readonly CronExpression? _wallClock;
    readonly TimeSpan? _elapsed;
    readonly TimeZoneInfo _zone;

    Rhythm(CronExpression? wallClock, TimeSpan? elapsed, TimeZoneInfo zone) => (_wallClock, _elapsed, _zone) = (wallClock, elapsed, zone);

    public static Rhythm Of(Schedule schedule)
    {
        // A zone that this machine does not know was written by somebody else or is gone; better an hour off than never.
        var zone = TryFindZone(schedule.Timezone, out var found) ? found : TimeZoneInfo.Utc;
        return schedule.Cadence switch
        {
            Cadence.Hourly => new(null, TimeSpan.FromHours(1), zone),
            Cadence.Every => new(null, TimeSpan.FromMinutes(schedule.EveryMinutes!.Value), zone),
            Cadence.Cron => new(TryParseCron(schedule.Cron!, out var cron) ? cron : null, null, zone),
            Cadence.Daily or Cadence.Weekly => new(OfAnchor(schedule, zone), null, zone),
            _ => new(null, null, zone),
        };
    }

    /// <summary>Whether the name is one of a time zone, and of which.</summary>
    public static bool TryFindZone(string name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        if (NoPlaces.Contains(name) || name.StartsWith("right/", StringComparison.Ordinal) || name.StartsWith("posix/", StringComparison.Ordinal))
            return false;
        // The system looks names up as files.
        if (name.Length is 0 or > 64 || name.Contains("..", StringComparison.Ordinal) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+') || name[0] == '/')
            return false;
        try
        {
            return TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone);
        }
        catch (Exception e) when (e is SecurityException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static bool TryParseCron(string text, [NotNullWhen(true)] out CronExpression? cron) => CronExpression.TryParse(text, CronFormat.Standard, out cron);

    /// <summary>The first occurrence after a moment, in UTC; null when there is none.</summary>
    /// <param name="occurrence">An occurrence; elapsed time is counted from it.</param>
    /// <param name="after">The result is later than this, and later than <paramref name="occurrence"/>.</param>
    public DateTime? Next(DateTime occurrence, DateTime after)
    {
        var later = after > occurrence ? after : occurrence;
        if (_elapsed is { } step)
            return Valid(occurrence + step * ((later - occurrence).Ticks / step.Ticks + 1));
        return later < Latest && _wallClock?.GetNextOccurrence(later, _zone) is { } next ? Valid(next) : null;
    }

    /// <summary>How many occurrences there are from one on (included) until a moment (included).</summary>
    public long Count(DateTime occurrence, DateTime until)
    {
        if (until < occurrence)
            return 0;
        if (_elapsed is { } step)
            return (until - occurrence).Ticks / step.Ticks + 1;
        var count = 1L;
        for (var next = Next(occurrence, occurrence); next <= until && count < MaxCounted; next = Next(next.Value, next.Value))
            count++;
        return count;
    }

    /// <summary>The last of the occurrences from one on until a moment, or the one that many before it.</summary>
    public DateTime Newest(DateTime occurrence, DateTime until, int before)
    {
        if (_elapsed is { } step)
            return occurrence + step * Math.Max((until - occurrence).Ticks / step.Ticks - before, 0);
        // Back from the end: from the first one on it could be millions.
        for (var window = TimeSpan.FromHours(1); ; window *= 2)
        {
            var isAll = window >= until - occurrence;
            var begin = isAll ? occurrence : until - window;
            List<DateTime> found = isAll ? [occurrence] : [];
            for (var next = Next(begin, begin); next <= until; next = Next(next.Value, next.Value))
                found.Add(next.Value);
            if (isAll || found.Count > before)
                return found[Math.Max(found.Count - 1 - before, 0)];
        }
    }

    /// <summary>The next occurrences for people to look at.</summary>
    public IReadOnlyList<DateTime> Preview(DateTime next, DateTime now, int count)
    {
        var preview = new List<DateTime>();
        for (DateTime? at = next > now ? next : Next(next, now); at is { } known && preview.Count < count; at = Next(known, known))
            preview.Add(known);
        return preview;
    }

    /// <summary>The moment at which another zone's wall clock shows what this one's shows at a moment; where it never does, the next that exists.</summary>
    public static DateTime SameWallClock(DateTime utc, string from, string to)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(to);
        var local = DateTime.SpecifyKind(TimeZoneInfo.ConvertTimeFromUtc(utc, TryFindZone(from, out var known) ? known : TimeZoneInfo.Utc), DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return DateTime.SpecifyKind(local - offset, DateTimeKind.Utc);
    }

    /// <summary>The wall-clock time that the user set, unless somebody moved the next run to another one since.</summary>
    static CronExpression OfAnchor(Schedule schedule, TimeZoneInfo zone)
    {
        var next = WholeSecond(schedule.NextRunAt);
        // Asked from just before: from its own moment, an occurrence that a gap moved is not seen as one.
        if (schedule.AnchorAt is { } anchor && Expression(schedule.Cadence, anchor, zone) is var kept
            && (WholeSecond(anchor) == next || kept.GetNextOccurrence(next.AddSeconds(-1), zone) == next))
            return kept;
        return Expression(schedule.Cadence, schedule.NextRunAt, zone);
    }

    static CronExpression Expression(string cadence, DateTime anchor, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTimeFromUtc(anchor, zone);
        var day = cadence == Cadence.Weekly ? ((int)local.DayOfWeek).ToString(CultureInfo.InvariantCulture) : "*";
        return CronExpression.Parse(string.Create(CultureInfo.InvariantCulture, $"{local.Second} {local.Minute} {local.Hour} * * {day}"), CronFormat.IncludeSeconds);
    }

    static DateTime WholeSecond(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    static DateTime? Valid(DateTime time) => time < Latest ? time : null;
}
