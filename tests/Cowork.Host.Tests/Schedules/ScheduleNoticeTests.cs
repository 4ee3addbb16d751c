using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Schedules;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;

namespace Cowork.Host.Tests.Schedules;

/// <summary>Ends of runs, as they are told to webhooks.</summary>
public sealed class ScheduleNoticeTests : IAsyncLifetime
{
    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartWithScriptsAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("say|done", "success", null)]
    [InlineData("fail|provider_auth|Wrong key.", "failed", "provider_auth")]
    public async Task The_end_of_a_run_is_told(string prompt, string status, string? code)
    {
        await using var receiver = await Receiver.StartAsync(_ => Results.Ok());
        var (_, started) = await RunAsync(prompt, receiver.Address + "/hook");
        var (path, told) = await receiver.NextAsync();
        Assert.Equal(("/hook", status, code), (path, told.Text("status"), told.Text("error_code")));
        Assert.Equal((started.Text("run_id"), started.Text("conversation_id")), (told.Text("run_id"), told.Text("conversation_id")));
        await ToldAsync();
    }

    [Fact]
    public async Task The_end_of_a_run_that_the_server_cut_short_is_told_after_its_start()
    {
        await using var receiver = await Receiver.StartAsync(_ => Results.Ok());
        var (id, started) = await RunAsync("hang", receiver.Address);
        await _host.Get<Database>().WriteAsync(
            w => w.Execute(
                "INSERT INTO schedule_runs (id, schedule_id, started_at, status, conversation_id, turn_id) VALUES (?1, ?2, '2026-01-01 00:00:00', 'running', ?1, ?1)", Guid.NewGuid(), id),
            Ct);
        await _host.RestartAsync();
        JsonNode[] told = [(await receiver.NextAsync()).Body, (await receiver.NextAsync()).Body];
        Assert.All(told, t => Assert.Equal("interrupted", t.Text("error_code")));
        var ofDeadProcess = Assert.Single(told, t => t.Text("run_id") != started.Text("run_id"));
        Assert.Null(ofDeadProcess["conversation_id"]);
        await ToldAsync();
    }

    [Fact]
    public async Task An_end_that_nobody_takes_is_told_again_but_not_for_ever()
    {
        await using var receiver = await Receiver.StartAsync(_ => Results.StatusCode(503));
        await RunAsync("say|done", receiver.Address);
        for (var i = 0; i < ScheduleNotices.Tries; i++)
        {
            await receiver.NextAsync();
            await Eventually.TrueAsync(() => Task.FromResult(Left() < ScheduleNotices.Tries - i), Ct);
            await _host.Get<ScheduleNotices>().SendDueAsync(Ct);
        }

        Assert.Equal(0, Left());
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var receiver = await Receiver.StartAsync(n => n == 1 ? Results.Redirect("/elsewhere", preserveMethod: true) : Results.Ok());
        await RunAsync("say|done", receiver.Address + "/hook");
        Assert.Equal("/hook", (await receiver.NextAsync()).Path);
        await Eventually.TrueAsync(() => Task.FromResult(Left() < ScheduleNotices.Tries), Ct);
        await _host.Get<ScheduleNotices>().SendDueAsync(Ct);
        Assert.Equal("/hook", (await receiver.NextAsync()).Path);
    }

    [Fact]
    public async Task The_address_is_a_secret_that_is_kept_when_what_is_shown_comes_back()
    {
        await using var receiver = await Receiver.StartAsync(_ => Results.Ok());
        var (id, _) = await RunAsync("say|done", receiver.Address + "/services/T0/secret-token");
        Assert.Equal("/services/T0/secret-token", (await receiver.NextAsync()).Path);
        var shown = (await _host.ScheduleAsync(id)).Text("notifyUrl");
        Assert.Equal(receiver.Address + "/***", shown);
        var stored = _host.Get<Database>().Query(s => s.List(r => string.Join('|', Enumerable.Range(0, r.FieldCount).Select(r.GetValue)), "SELECT * FROM schedules"));
        Assert.DoesNotContain("secret-token", Assert.Single(stored), StringComparison.Ordinal);

        await _host.SendAsync(HttpMethod.Put, $"schedules/{id}", new JsonObject { ["title"] = "New", ["notify_url"] = shown });
        await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now");
        Assert.Equal("/services/T0/secret-token", (await receiver.NextAsync()).Path);
        var (_, cleared) = await _host.SendAsync(HttpMethod.Put, $"schedules/{id}", new JsonObject { ["notify_url"] = "" });
        Assert.Null(cleared!["notifyUrl"]);
    }

    [Theory]
    [InlineData("169.254.169.254", false)]
    [InlineData("::ffff:169.254.1.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("192.168.1.20", true)]
    [InlineData("93.184.216.34", true)]
    public void Credentials_of_a_cloud_are_out_of_reach(string address, bool isAllowed) => Assert.Equal(isAllowed, WebhookAddress.IsAllowed(IPAddress.Parse(address)));

    async Task<(Guid Id, JsonNode Started)> RunAsync(string prompt, string url)
    {
        var id = await _host.CreateScheduleAsync(prompt, new() { ["harness"] = "script", ["notifyUrl"] = url });
        return (id, (await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now")).Body!);
    }

    Task ToldAsync() => Eventually.TrueAsync(() => Task.FromResult(Left() == 0), Ct);

    int Left() => Convert.ToInt32(_host.Get<Database>().Query(s => s.Scalar("SELECT SUM(notices_left) FROM schedule_runs")), CultureInfo.InvariantCulture);
}
