using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Cowork.Host.Platform.Data;

/// <summary>How the database file writes ids and times: as the reference did, so that both can read the file.</summary>
static class Encodings
{
    const string TimeFormat = "yyyy-MM-dd HH:mm:ss.ffffff";

    /// <summary>32 lower-case hex digits.</summary>
    public static string ToText(Guid id) => id.ToString("N");

    /// <summary>UTC without a zone, six fraction digits.</summary>
    public static string ToText(DateTime utc) => utc.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>Reads what any program may have written; without a zone it is UTC, and what is no time counts as 1970: one odd row must not spoil a list.</summary>
    public static DateTime ToTime(string text) =>
        TryReadPlain(text, out var time) || DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)
            ? time
            : DateTime.UnixEpoch;

    /// <summary>The two forms that are written, digit by digit: a list of conversations holds hundreds, and the general parser takes ten times as long.</summary>
    static bool TryReadPlain(ReadOnlySpan<char> text, out DateTime time)
    {
        time = default;
        if (text.Length is not (19 or 26) || text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' || text[16] != ':')
            return false;
        var micros = 0;
        if (!TryReadDigits(text[..4], out var year) || !TryReadDigits(text[5..7], out var month) || !TryReadDigits(text[8..10], out var day)
            || !TryReadDigits(text[11..13], out var hour) || !TryReadDigits(text[14..16], out var minute) || !TryReadDigits(text[17..19], out var second)
            || (text.Length == 26 && (text[19] != '.' || !TryReadDigits(text[20..], out micros)))
            || year is 0 || month is 0 or > 12 || day is 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
            return false;
        time = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).AddTicks(micros * TimeSpan.TicksPerMicrosecond);
        return true;
    }

    static bool TryReadDigits(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = number * 10 + (c - '0');
        }

        return true;
    }

    public static Guid ToId(string text) => Guid.Parse(text);

    /// <summary>The present, cut to what the database keeps, so that a value read back equals the one written.</summary>
    public static DateTime UtcNow(this TimeProvider time) => Cut(time.GetUtcNow().UtcDateTime);

    /// <summary>A time without what the database does not keep.</summary>
    public static DateTime Cut(DateTime utc) => utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));

    public sealed class IdConverter() : ValueConverter<Guid, string>(id => ToText(id), text => ToId(text));

    public sealed class TimeConverter() : ValueConverter<DateTime, string>(time => ToText(time), text => ToTime(text));
}
