using System.Globalization;
using Cowork.Host.Platform.Data;
using CsCheck;

namespace Cowork.Host.Tests.Platform;

public sealed class EncodingsTests
{
    [Fact]
    public void A_time_comes_back_as_it_was_stored() =>
        Gen.DateTime.Sample(any =>
        {
            var time = Encodings.Cut(DateTime.SpecifyKind(any, DateTimeKind.Utc));
            return Encodings.ToTime(Encodings.ToText(time)) == time && Encodings.ToTime(Encodings.ToText(time)).Kind == DateTimeKind.Utc;
        });

    [Theory]
    [InlineData("2026-11-22 19:36:19", "2026-11-22T19:36:19.0000000Z")] // the reference's default
    [InlineData("2026-11-22 19:36:19.000001", "2026-11-22T19:36:19.0000010Z")] // its microseconds
    [InlineData("2026-11-22 19:36:19.5", "2026-11-22T19:36:19.5000000Z")] // fewer digits
    [InlineData("2026-11-22T19:36:19", "2026-11-22T19:36:19.0000000Z")] // ISO 8601
    [InlineData("2026-11-22 19:36:19+00:00", "2026-11-22T19:36:19.0000000Z")] // with a zone
    [InlineData("2026-11-22 21:36:19.5+02:00", "2026-11-22T19:36:19.5000000Z")] // with another zone
    [InlineData("2026-11-22T19:36:19Z", "2026-11-22T19:36:19.0000000Z")] // as JSON has it
    [InlineData("2026-11-22", "2026-11-22T00:00:00.0000000Z")] // a date
    public void Every_form_of_a_stored_time_is_read(string stored, string time) =>
        Assert.Equal(time, Encodings.ToTime(stored).ToString("O", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("2026-13-22 19:36:19")] // no month
    [InlineData("2026-02-30 19:36:19")] // no day
    [InlineData("2026-11-22 24:00:00")] // no hour
    [InlineData("2026-11-22 19:36:19.00000x")] // no digit
    [InlineData("")] // nothing
    [InlineData("1795397427")] // a number
    public void What_is_no_time_counts_as_the_beginning_of_time(string stored) => Assert.Equal(DateTime.UnixEpoch, Encodings.ToTime(stored));
}
