using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Platform.Plugins;
using Microsoft.Extensions.Time.Testing;

namespace Cowork.Plugins.Tests;

public sealed class JobTests : IAsyncLifetime
{
    const string Reference = "Cowork.Test.Reference";

    readonly PluginFolders _folders = new();
    PluginServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PluginServer.StartAsync(_folders);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folders.Dispose();
    }

    [Fact]
    public async Task A_job_runs_with_the_plugin_and_ends_with_it()
    {
        var folder = _folders.Drop("reference-1.0.0");
        await BeatsAsync("1.0.0 ends", atLeast: 2);
        Assert.True(File.Exists(Path.Combine(_folders.DataOf(Reference), "pulse-disposed")));
        Directory.Delete(folder, recursive: true);
        await PluginServer.EventuallyAsync(async () => await _server.PluginAsync(Reference) is null, "the plugin is gone");
        await _server.NothingRetiredStaysAsync();
        var beats = Beats().Count;
        await _server.TickAsync();
        Assert.Equal(beats, Beats().Count);
    }

    [Fact]
    public async Task A_job_that_still_runs_is_not_begun_again()
    {
        _folders.Drop("reference-1.0.0");
        _folders.Ask("linger");
        await BeatsAsync("1.0.0 begins");
        // Past the times at which it would have been due again.
        var before = (await JobAsync("pulse"))!.Value.GetProperty("next_run_at").GetDateTimeOffset();
        await PluginServer.EventuallyAsync(
            async () => (await JobAsync("pulse"))!.Value.GetProperty("next_run_at").GetDateTimeOffset() > before.AddSeconds(1), "it was due again");
        Assert.Equal(["1.0.0 begins"], Beats());
        Assert.True((await JobAsync("pulse"))!.Value.GetProperty("running").GetBoolean());
        _folders.Unask("linger");
        await BeatsAsync("1.0.0 begins", atLeast: 2);
    }

    [Fact]
    public async Task A_job_of_the_old_build_ends_before_that_of_the_new_one_begins()
    {
        _folders.Ask("linger");
        _folders.Drop("reference-1.0.0");
        await BeatsAsync("1.0.0 begins");
        _folders.Drop("reference-2.0.0");
        await BeatsAsync("2.0.0 begins");
        Assert.Equal(["1.0.0 begins", "1.0.0 ends", "2.0.0 begins"], Beats().Take(3));
        await _server.NothingRetiredStaysAsync();
    }

    [Fact]
    public async Task A_job_that_fails_is_reported_harms_nobody_and_runs_again()
    {
        _folders.Ask("stumble");
        _folders.Drop("reference-1.0.0");
        await PluginServer.EventuallyAsync(async () => await OutcomeAsync() == "failed", "the failure shows");
        Assert.Equal("1.0.0", await _server.VersionAsync());
        _folders.Unask("stumble");
        await PluginServer.EventuallyAsync(async () => await OutcomeAsync() == "completed", "it runs again");
    }

    [Fact]
    public async Task A_status_says_when_the_jobs_run()
    {
        _folders.Drop("reference-1.0.0");
        await BeatsAsync("1.0.0 ends");
        var pulse = (await JobAsync("pulse"))!.Value;
        Assert.Equal("every 00:00:01", pulse.GetProperty("schedule").GetString());
        Assert.Equal("Shows that it lives.", pulse.GetProperty("description").GetString());
        var nightly = (await JobAsync("nightly"))!.Value;
        Assert.Equal("cron 30 4 * * *", nightly.GetProperty("schedule").GetString());
        Assert.Equal(JsonValueKind.Null, nightly.GetProperty("last_run_at").ValueKind);
        Assert.Equal(30, nightly.GetProperty("next_run_at").GetDateTimeOffset().Minute);
    }

    [Fact]
    public async Task A_job_with_an_interval_goes_on_counting_across_restarts()
    {
        using var folders = new PluginFolders();
        folders.Drop("reference-1.0.0");
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-23T12:00:00Z", null));
        var start = time.GetUtcNow();
        Assert.Equal(start.AddHours(1), await NextAsync());

        time.Advance(TimeSpan.FromMinutes(61));
        await using (var server = await PluginServer.StartAsync(folders, time: time))
        {
            Assert.Equal(start.AddHours(2).AddMinutes(1), await NextAsync(server));
            time.Advance(TimeSpan.FromHours(1));
            await server.TickAsync();
            await PluginServer.EventuallyAsync(async () => await JobAsync(server, "hourly", "last_run_at") is not null, "it has run");
        }

        time.Advance(TimeSpan.FromMinutes(40));
        Assert.Equal(start.AddMinutes(181), await NextAsync());

        // Overdue for hours: it runs at once, and once.
        time.Advance(TimeSpan.FromHours(5));
        await using (var server = await PluginServer.StartAsync(folders, time: time))
        {
            await PluginServer.EventuallyAsync(
                async () =>
                {
                    await server.TickAsync();
                    return await JobAsync(server, "hourly", "last_run_at") == time.GetUtcNow();
                },
                "it runs");
            Assert.Equal(time.GetUtcNow().AddHours(1), await NextAsync(server));
        }

        async Task<DateTimeOffset?> NextAsync(PluginServer? running = null)
        {
            await using var own = running is null ? await PluginServer.StartAsync(folders, time: time) : null;
            DateTimeOffset? next = null;
            await PluginServer.EventuallyAsync(async () => (next = await JobAsync(running ?? own!, "hourly", "next_run_at")) is not null, "its services have started");
            return next;
        }
    }

    [Theory]
    [InlineData("2026-11-23T12:00:00Z", "2026-11-24T04:30:00Z", "the next day")]
    [InlineData("2026-11-24T04:29:59Z", "2026-11-24T04:30:00Z", "a second before")]
    [InlineData("2026-11-24T04:30:00Z", "2026-11-25T04:30:00Z", "never twice at one time")]
    public void A_cron_job_is_due_at_the_next_time_of_its_expression(string now, string due, string why)
    {
        Assert.True(JobTimes.TryParse(new() { Id = "nightly", Cron = "30 4 * * *" }, out var times));
        Assert.True(times.After(DateTimeOffset.Parse(now, null), TimeZoneInfo.Utc) == DateTimeOffset.Parse(due, null), why);
    }

    [Theory]
    [InlineData(null, null, "never")]
    [InlineData(60.0, "* * * * *", "two ways at once")]
    [InlineData(0.5, null, "more often than the clock ticks")]
    [InlineData(1e9, null, "after the end of the calendar")]
    [InlineData(-5.0, null, "in the past")]
    [InlineData(null, "every day", "no cron expression")]
    [InlineData(null, "* * * * * *", "six fields")]
    public void A_job_without_a_time_of_its_own_is_refused(double? seconds, string? cron, string why)
    {
        var job = new JobDescriptor { Id = "job", Every = seconds is { } s ? TimeSpan.FromSeconds(s) : null, Cron = cron };
        var refused = Assert.Throws<PluginRefusedException>(() => PluginDeclarations.Check(job));
        Assert.True(refused.Message.Contains("'job' must have either an interval", StringComparison.Ordinal), why);
    }

    async Task<JsonElement?> JobAsync(string id) =>
        (await _server.PluginAsync(Reference))?.GetProperty("jobs").EnumerateArray().SingleOrDefault(j => j.GetProperty("id").GetString() == id);

    static async Task<DateTimeOffset?> JobAsync(PluginServer server, string id, string what) =>
        (await server.PluginAsync(Reference))!.Value.GetProperty("jobs").EnumerateArray().Single(j => j.GetProperty("id").GetString() == id).GetProperty(what) is
        { ValueKind: JsonValueKind.String } time ? time.GetDateTimeOffset() : null;

    async Task<string?> OutcomeAsync() => (await JobAsync("pulse"))?.GetProperty("last_outcome").GetString();

    Task BeatsAsync(string beat, int atLeast = 1) =>
        PluginServer.EventuallyAsync(() => Task.FromResult(Beats().Count(b => b == beat) >= atLeast), $"{atLeast} times: {beat}");

    IReadOnlyList<string> Beats()
    {
        var file = Path.Combine(_folders.DataOf(Reference), "pulses");
        return File.Exists(file) ? File.ReadAllLines(file) : [];
    }
}
