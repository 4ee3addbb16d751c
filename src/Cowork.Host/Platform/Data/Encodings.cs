using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Cowork.Host.Platform.Data;

/// <summary>How the database file writes ids and times: as the reference did, so that both can read the file.</summary>
static class Encodings
{
    const string TimeFormat = "yyyy-MM-dd HH:mm:ss.ffffff";
    static readonly string[] ReadableTimes = ["yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-dd"];

    /// <summary>32 lower-case hex digits.</summary>
    public static string ToText(Guid id) => id.ToString("N");

    /// <summary>UTC without a zone, six fraction digits.</summary>
    public static string ToText(DateTime utc) => utc.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static DateTime ToTime(string text) =>
        DateTime.ParseExact(text, ReadableTimes, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    public static Guid ToId(string text) => Guid.Parse(text);

    /// <summary>The present, cut to what the database keeps, so that a value read back equals the one written.</summary>
    public static DateTime UtcNow(this TimeProvider time) => Cut(time.GetUtcNow().UtcDateTime);

    /// <summary>A time without what the database does not keep.</summary>
    public static DateTime Cut(DateTime utc) => utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));

    public sealed class IdConverter() : ValueConverter<Guid, string>(id => ToText(id), text => ToId(text));

    public sealed class TimeConverter() : ValueConverter<DateTime, string>(time => ToText(time), text => ToTime(text));
}
