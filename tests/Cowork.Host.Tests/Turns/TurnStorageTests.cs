using System.Text.Json.Nodes;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Host.Tests.Turns;

/// <summary>What is stored is what was said and told, also when the database refuses for a while or the server stops.</summary>
public sealed class TurnStorageTests : IAsyncLifetime
{
    readonly RetryClock _clock = new();
    HostUnderTest _host = null!;
    ScriptedModel _model = null!;
    CoworkClient _client = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.StartAsync();
        _host = await HostUnderTest.StartAsync(configure: b => b.Services.AddSingleton<TimeProvider>(_clock));
        _client = new(_host.Http.BaseAddress!);
        await _client.UseModelAsync(_model.BaseUrl, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task An_answer_that_could_not_be_stored_at_once_is_stored_before_its_last_frame()
    {
        var conversation = Guid.NewGuid();
        await RefuseAnswersAsync();
        var stream = _client.AskAsync("[[say patience]]", conversation, Ct).ToListAsync(Ct).AsTask();
        await _clock.Retrying.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        await TakeAnswersAsync();
        Assert.Equal("response.completed", (await stream)[^1].Event);
        Assert.Equal(["[[say patience]]", "patience"], (await _client.ItemsAsync(conversation, Ct)).Select(i => i!["content"]!.GetValue<string>()));
    }

    [Fact]
    public async Task What_readers_were_told_of_the_end_is_what_the_next_start_stores()
    {
        var conversation = Guid.NewGuid();
        await RefuseAnswersAsync();
        var stream = _client.AskAsync("[[say told]]", conversation, Ct).ToListAsync(Ct).AsTask();
        await _clock.Retrying.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        // The stop is no end for a turn that has said everything.
        await _host.Get<TurnService>().StopAsync();
        Assert.Equal("response.completed", (await stream)[^1].Event);
        await TakeAnswersAsync();
        await _host.RestartAsync();
        var items = (JsonArray)await _host.GetJsonAsync($"conversations/{conversation}/items");
        Assert.Equal(("told", "completed"), (items[1]!["content"]!.GetValue<string>(), items[1]!["status"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_log_that_another_server_left_under_a_new_conversations_id_is_left_alone()
    {
        var conversation = Guid.NewGuid();
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_host.Home, ".cowork", "streams", $"{conversation}")).FullName, "turn_000000.jsonl");
        const string Old = """{"seq": 0, "ts": "t", "type": "sse", "data": {"sse": "event: old\ndata: {}\n\n"}}""" + "\n" + """{"seq": 1, "ts": "t", "type": "Done", "data": {"reason": "completed"}}""" + "\n";
        await File.WriteAllTextAsync(path, Old, Ct);
        var frames = await _client.AskAsync("[[say new]]", conversation, Ct).ToListAsync(Ct);
        await _host.RestartAsync();
        using var client = new CoworkClient(_host.Http.BaseAddress!);
        Assert.Equal(frames, await client.TailAsync(conversation, 0, Ct).ToListAsync(Ct));
        Assert.Equal(Old, await File.ReadAllTextAsync(path, Ct));
    }

    [Fact]
    public async Task Messages_sent_while_the_server_stops_are_refused_or_kept()
    {
        for (var round = 0; round < 5; round++)
        {
            using var http = new HttpClient { BaseAddress = _host.Http.BaseAddress };
            var conversations = Enumerable.Range(0, 20).Select(_ => Guid.NewGuid()).ToList();
            var sending = conversations.Select(c => SendAsync(http, c)).ToList();
            await Task.WhenAny(sending);
            await _host.RestartAsync();
            var accepted = conversations.Zip(await Task.WhenAll(sending)).Where(s => s.Second).Select(s => s.First);
            foreach (var conversation in accepted)
                await Eventually.TrueAsync(
                    async () => await _host.GetJsonAsync($"conversations/{conversation}/items") is JsonArray { Count: 2 } items && items[1]!["status"]!.GetValue<string>() is "completed" or "interrupted",
                    Ct);
            Assert.Equal(0, _host.Get<TurnService>().RunCount);
        }
    }

    static async Task<bool> SendAsync(HttpClient http, Guid conversation)
    {
        try
        {
            using var body = new StringContent(new JsonObject { ["input"] = "hello", ["harness"] = "echo", ["conversation"] = $"{conversation}", ["background"] = true }.ToJsonString(), null, "application/json");
            using var answer = await http.PostAsync("responses", body, Ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Tells when the first pause after a failed write begins.</summary>
    sealed class RetryClock : TimeProvider
    {
        readonly TaskCompletionSource _retrying = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Retrying => _retrying.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == TimeSpan.FromMilliseconds(50))
                _retrying.TrySetResult();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    Task RefuseAnswersAsync() =>
        _host.Get<Database>().WriteAsync(w => w.Execute("CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.role = 'assistant' BEGIN SELECT RAISE(ABORT, 'disk full'); END"));

    Task TakeAnswersAsync() => _host.Get<Database>().WriteAsync(w => w.Execute("DROP TRIGGER refuse"));
}
