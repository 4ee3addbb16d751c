using Cowork.Host.Features.Schedules;
using CsCheck;

namespace Cowork.Host.Tests.Schedules;

/// <summary>Occurrences against a year that is walked minute by minute, and against moments from the almanac.</summary>
public sealed class RhythmTests
{
    static readonly DateTime Start = Utc(2027, 1, 1, 0, 0);
    static readonly DateTime End = Utc(2028, 1, 1, 0, 0);

    public static readonly TheoryData<string> Zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"];

    [Theory]
    [MemberData(nameof(Zones))]
    public void A_year_of_daily_runs_keeps_the_wall_clock(string zone)
    {
        foreach (var at in (ReadOnlySpan<TimeOnly>)[new(9, 0), new(2, 15), new(1, 45), new(0, 30), new(23, 59)])
            AssertYear(zone, Cadence.Daily, at, null, _ => true);
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public void A_year_of_weekly_runs_keeps_day_and_wall_clock(string zone)
    {
        foreach (var at in (ReadOnlySpan<TimeOnly>)[new(9, 0), new(2, 15)])
            foreach (var day in Enum.GetValues<DayOfWeek>())
                AssertYear(zone, Cadence.Weekly, at, null, local => local.DayOfWeek == day);
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public void A_year_of_a_cron_expression_keeps_the_wall_clock(string zone) =>
        AssertYear(zone, Cadence.Cron, new(2, 30), "30 2 * * MON-FRI", local => local.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday));

    [Theory]
    [InlineData("Australia/Lord_Howe", 2, 15, "2027-10-02T15:00:00Z", "2027-10-02T15:30:00Z")] // the gap is half an hour: 02:15 becomes 02:30
    [InlineData("Australia/Lord_Howe", 1, 45, "2027-04-03T12:00:00Z", "2027-04-03T14:45:00Z")] // 01:45 comes twice: the first one
    [InlineData("America/New_York", 2, 30, "2027-03-14T06:00:00Z", "2027-03-14T07:00:00Z")]
    [InlineData("America/New_York", 1, 30, "2027-11-07T04:00:00Z", "2027-11-07T05:30:00Z")]
    [InlineData("Europe/Berlin", 9, 0, "2027-03-28T00:00:00Z", "2027-03-28T07:00:00Z")]
    public void Known_changes_of_the_clock_come_out_right(string zone, int hour, int minute, string after, string expected)
    {
        var rhythm = Rhythm.Of(Daily(zone, new(hour, minute)));
        var from = DateTimeOffset.Parse(after, null).UtcDateTime;
        Assert.Equal(DateTimeOffset.Parse(expected, null).UtcDateTime, rhythm.Next(from, from));
    }

    [Theory]
    [InlineData("30 1 * * *", "2027-11-07T04:00:00Z", "05:30 30:30")] // a time comes once
    [InlineData("30 1-2 * * *", "2027-11-07T04:00:00Z", "05:30 06:30 07:30")] // an interval goes on through the hour that comes twice
    [InlineData("*/30 1 * * *", "2027-11-07T04:00:00Z", "05:00 05:30 06:00 06:30")]
    [InlineData("30 2 * * *", "2027-03-14T05:00:00Z", "07:00 30:30")] // a time that is skipped comes as soon as it can
    [InlineData("30 1-3 * * *", "2027-03-14T05:00:00Z", "06:30 07:00 07:30 29:30")] // so with an interval
    [InlineData("*/30 2 * * *", "2027-03-14T05:00:00Z", "07:00 30:00 30:30")]
    public void A_cron_expression_in_New_York_where_the_clock_changes(string cron, string after, string expected)
    {
        var schedule = Daily("America/New_York", new(9, 0));
        (schedule.Cadence, schedule.Cron) = (Cadence.Cron, cron);
        var from = DateTimeOffset.Parse(after, null).UtcDateTime;
        var (rhythm, found) = (Rhythm.Of(schedule), new List<string>());
        foreach (var _ in expected.Split(' '))
        {
            var next = rhythm.Next(from, from)!.Value;
            found.Add($"{(int)(next - DateTimeOffset.Parse(after, null).UtcDateTime.Date).TotalHours:00}:{next.Minute:00}");
            from = next;
        }

        Assert.Equal(expected, string.Join(' ', found));
    }

    [Theory]
    [InlineData("* * * * *", 3, "2027-05-05T05:02:00Z")]
    [InlineData("0 0 1 1 *", 3, "2024-01-01T00:00:00Z")]
    [InlineData("0 0 29 2 *", 0, "2024-02-29T00:00:00Z")]
    [InlineData("0 0 1 1 *", 100, "1970-01-01T00:00:00Z")]
    public void The_newest_occurrence_is_found_from_the_end(string cron, int before, string expected)
    {
        var schedule = Daily("UTC", new(9, 0));
        (schedule.Cadence, schedule.Cron) = (Cadence.Cron, cron);
        Assert.Equal(DateTimeOffset.Parse(expected, null).UtcDateTime, Rhythm.Of(schedule).Newest(DateTime.UnixEpoch, Utc(2027, 5, 5, 5, 5), before));
    }

    [Theory]
    [InlineData("2027-01-10T08:00:00Z", "Europe/Berlin", "America/New_York", "2027-01-10T14:00:00Z")]
    [InlineData("2027-03-14T02:30:00Z", "UTC", "America/New_York", "2027-03-14T07:00:00Z")] // never comes there
    [InlineData("2027-11-07T01:30:00Z", "UTC", "America/New_York", "2027-11-07T05:30:00Z")] // comes twice there
    public void A_wall_clock_time_is_found_in_another_zone(string time, string from, string to, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, null).UtcDateTime, Rhythm.SameWallClock(DateTimeOffset.Parse(time, null).UtcDateTime, from, to));

    [Fact]
    public void The_day_after_a_gap_is_back_at_the_time_that_was_set()
    {
        var schedule = Daily("America/New_York", new(2, 30));
        schedule.NextRunAt = Utc(2027, 3, 14, 7, 0);
        Assert.Equal(Utc(2027, 3, 15, 6, 30), Rhythm.Of(schedule).Next(schedule.NextRunAt, schedule.NextRunAt));
    }

    [Fact]
    public void Elapsed_rhythms_do_not_see_changes_of_the_clock()
    {
        var schedule = Daily("Australia/Lord_Howe", new(9, 0));
        schedule.Cadence = Cadence.Every;
        schedule.EveryMinutes = 45;
        var rhythm = Rhythm.Of(schedule);
        var at = schedule.NextRunAt;
        for (var i = 1; i < 1000; i++)
        {
            var next = rhythm.Next(at, at)!.Value;
            Assert.Equal(TimeSpan.FromMinutes(45), next - at);
            at = next;
        }
    }

    [Fact]
    public void What_comes_next_is_always_later_and_the_count_agrees_with_walking()
    {
        var schedules =
            from zone in Gen.Int[0, Zones.Count - 1].Select(i => Zones.ElementAt(i).Data)
            from cadence in Gen.Int[1, Cadence.All.Count - 1].Select(i => Cadence.All[i])
            from minute in Gen.Int[0, 1439]
            from every in Gen.Int[1, 5000]
            from overdue in Gen.Int[0, 60 * 24 * 40]
            select (zone, cadence, minute, every, overdue);
        schedules.Sample(
            s =>
            {
                var schedule = Daily(s.zone, new(s.minute / 60, s.minute % 60));
                schedule.Cadence = s.cadence;
                schedule.EveryMinutes = s.every;
                schedule.Cron = $"{s.minute % 60} */3 * * *";
                var (rhythm, due) = (Rhythm.Of(schedule), schedule.NextRunAt);
                var now = due.AddMinutes(s.overdue);
                var passed = new List<DateTime>();
                for (var at = due; at <= now; at = rhythm.Next(at, at)!.Value)
                    passed.Add(at);
                Assert.True(rhythm.Next(due, now) > now);
                Assert.Equal(passed.Count, rhythm.Count(due, now));
                Assert.Equal(passed[^1], rhythm.Newest(due, now, before: 0));
                Assert.Equal(passed[Math.Max(passed.Count - 4, 0)], rhythm.Newest(due, now, before: 3));
            },
            iter: 300);
    }

    [Theory]
    [InlineData("Nowhere/Land")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("")]
    [InlineData("localtime")] // another one on each machine
    [InlineData("posixrules")]
    [InlineData("Factory")]
    [InlineData("right/Europe/Berlin")] // with leap seconds
    [InlineData("posix/Europe/Berlin")]
    public void What_is_no_zone_is_none(string name) => Assert.False(Rhythm.TryFindZone(name, out _));

    static void AssertYear(string zone, string cadence, TimeOnly at, string? cron, Func<DateTime, bool> isDay)
    {
        var expected = Walk(TimeZoneInfo.FindSystemTimeZoneById(zone), at, isDay);
        var schedule = Daily(zone, at);
        (schedule.Cadence, schedule.Cron, schedule.NextRunAt, schedule.AnchorAt) = (cadence, cron, expected[0], expected[0]);
        var rhythm = Rhythm.Of(schedule);
        var actual = new List<DateTime>();
        for (DateTime? next = expected[0]; next < End; next = rhythm.Next(next.Value, next.Value))
            actual.Add(next.Value);
        Assert.Equal(expected, actual);
    }

    /// <summary>The minutes of a year at which the wall clock first shows a time, or goes past it, on the days that count.</summary>
    static List<DateTime> Walk(TimeZoneInfo zone, TimeOnly at, Func<DateTime, bool> isDay)
    {
        var found = new List<DateTime>();
        var doneUntil = Start + zone.GetUtcOffset(Start) is var first && first.TimeOfDay > at.ToTimeSpan() ? first.Date : first.Date.AddDays(-1);
        for (var utc = Start; utc < End; utc = utc.AddMinutes(1))
        {
            var local = utc + zone.GetUtcOffset(utc);
            var day = local.Date;
            if (day <= doneUntil || local.TimeOfDay < at.ToTimeSpan())
                continue;
            doneUntil = day;
            if (isDay(day))
                found.Add(utc);
        }

        return found;
    }

    static Schedule Daily(string zone, TimeOnly at)
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var next = TimeZoneInfo.ConvertTimeToUtc(new DateTime(2027, 1, 10, at.Hour, at.Minute, 0, DateTimeKind.Unspecified), info);
        return new()
        {
            Id = Guid.Empty,
            Title = "t",
            Prompt = "p",
            Cadence = Cadence.Daily,
            Timezone = zone,
            NextRunAt = next,
            AnchorAt = next,
            ProjectId = Guid.Empty,
            CreatedAt = Start,
            ModifiedAt = Start,
        };
    }

    static DateTime Utc(int year, int month, int day, int hour, int minute) => new(year, month, day, hour, minute, 0, DateTimeKind.Utc);
}
