using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Cowork.Host.Platform.Http;

/// <summary>
/// Times as callers of the reference may write them: ISO 8601 text, a date, or Unix seconds as a number or as digits. The converter
/// keeps what was written, so that whoever reads it can name the field; <see cref="TryParse"/> says what it means.
/// </summary>
sealed partial class LenientTime : JsonConverter<string>
{
    /// <summary>Larger numbers are milliseconds, as in the reference; as seconds they would be after the year 2600.</summary>
    const double MostSeconds = 2e10;

    static readonly double LastMillisecond = (DateTime.MaxValue - DateTime.UnixEpoch).TotalMilliseconds - 1;

    /// <summary>Reads a time; without an offset it is UTC.</summary>
    /// <returns>False when it is none, or not in the calendar.</returns>
    public static bool TryParse(string text, out DateTime utc)
    {
        utc = default;
        var trimmed = text.Trim();
        if (Number().IsMatch(trimmed))
        {
            var number = double.Parse(trimmed, CultureInfo.InvariantCulture);
            var milliseconds = Math.Abs(number) > MostSeconds ? number : number * 1000;
            if (!(milliseconds >= 0 && milliseconds < LastMillisecond))
                return false;
            utc = DateTime.UnixEpoch.AddTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond));
            return true;
        }

        if (!Iso().IsMatch(trimmed))
            return false;
        var whole = HoursOnly().Replace(trimmed.ToUpperInvariant(), "$0:00");
        if (!DateTimeOffset.TryParse(whole, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return false;
        utc = time.UtcDateTime;
        return true;
    }

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => reader.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        _ => throw new JsonException("not a time"),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    [GeneratedRegex(@"^[+-]?\d{1,20}(\.\d*)?([eE][+-]?\d{1,3})?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Iso();

    [GeneratedRegex(@"(?<=:.*)[+-]\d\d$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HoursOnly();
}
