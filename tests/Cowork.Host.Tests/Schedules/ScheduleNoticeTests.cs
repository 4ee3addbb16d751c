using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
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
        var notice = await receiver.NextAsync();
        var told = notice.Body;
        Assert.Equal(("/hook", status, code), (notice.Path, told.Text("status"), told.Text("error_code")));
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

    [Fact]
    public async Task A_notice_is_signed_so_that_its_receiver_can_check_who_sent_it()
    {
        await using var receiver = await Receiver.StartAsync(n => Results.StatusCode(n == 1 ? 503 : 200));
        var id = await CreateAsync("say|done", receiver.Address);
        Assert.False((await _host.ScheduleAsync(id))["hasNotifySecret"]!.GetValue<bool>());
        var (status, made) = await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/notify-secret");
        Assert.Equal(201, status);
        var secret = made!.Text("secret")!;
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        var shown = await _host.ScheduleAsync(id);
        Assert.True(shown["hasNotifySecret"]!.GetValue<bool>());
        var stored = _host.Get<Database>().Query(s => s.List(r => string.Join('|', Enumerable.Range(0, r.FieldCount).Select(r.GetValue)), "SELECT * FROM schedules"));
        Assert.DoesNotContain(secret, Assert.Single(stored) + shown.ToJsonString(), StringComparison.Ordinal);

        await RunNowAsync(id);
        var first = await receiver.NextAsync();
        await Eventually.TrueAsync(() => Task.FromResult(Left() < ScheduleNotices.Tries), Ct);
        await _host.Get<ScheduleNotices>().SendDueAsync(Ct);
        var again = await receiver.NextAsync();
        Assert.All([first, again], told => Assert.Equal(Signature(secret, told), told.Headers["webhook-signature"]));
        Assert.Equal(first.Body.Text("run_id"), first.Headers["webhook-id"]);
        Assert.Equal((first.Headers["webhook-id"], first.Text), (again.Headers["webhook-id"], again.Text));
        Assert.InRange(long.Parse(again.Headers["webhook-timestamp"], CultureInfo.InvariantCulture), long.Parse(first.Headers["webhook-timestamp"], CultureInfo.InvariantCulture), long.MaxValue);
    }

    [Fact]
    public async Task A_new_secret_takes_the_place_of_the_old_one_and_without_one_nothing_is_signed()
    {
        await using var receiver = await Receiver.StartAsync(_ => Results.Ok());
        var (id, _) = await RunAsync("say|done", receiver.Address);
        var unsigned = await receiver.NextAsync();
        Assert.False(unsigned.Headers.ContainsKey("webhook-signature"));
        Assert.Equal(unsigned.Body.Text("run_id"), unsigned.Headers["webhook-id"]);

        var old = (await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/notify-secret")).Body!.Text("secret")!;
        var secret = (await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/notify-secret")).Body!.Text("secret")!;
        await RunNowAsync(id);
        var signed = await receiver.NextAsync();
        Assert.Equal(Signature(secret, signed), signed.Headers["webhook-signature"]);
        Assert.NotEqual(Signature(old, signed), signed.Headers["webhook-signature"]);

        Assert.Equal(204, (await _host.SendAsync(HttpMethod.Delete, $"schedules/{id}/notify-secret")).Status);
        await RunNowAsync(id);
        Assert.False((await receiver.NextAsync()).Headers.ContainsKey("webhook-signature"));
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Post, $"schedules/{Guid.NewGuid()}/notify-secret")).Status);
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
        var id = await CreateAsync(prompt, url);
        return (id, await RunNowAsync(id));
    }

    Task<Guid> CreateAsync(string prompt, string url) => _host.CreateScheduleAsync(prompt, new() { ["harness"] = "script", ["notifyUrl"] = url });

    async Task<JsonNode> RunNowAsync(Guid id) => (await _host.SendAsync(HttpMethod.Post, $"schedules/{id}/run-now")).Body!;

    /// <summary>As the Standard Webhooks define it.</summary>
    static string Signature(string secret, Told told)
    {
        var signed = $"{told.Headers["webhook-id"]}.{told.Headers["webhook-timestamp"]}.{told.Text}";
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes(signed)))}";
    }

    Task ToldAsync() => Eventually.TrueAsync(() => Task.FromResult(Left() == 0), Ct);

    int Left() => Convert.ToInt32(_host.Get<Database>().Query(s => s.Scalar("SELECT SUM(notices_left) FROM schedule_runs")), CultureInfo.InvariantCulture);
}
