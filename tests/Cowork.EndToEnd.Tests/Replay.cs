using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>A conversation of recorded turns, played by a scripted model against the built server.</summary>
sealed class Replay : IAsyncDisposable
{
    readonly RecordedTurn _turn;

    Replay(RecordedTurn turn, ScriptedModel model, ServerProcess server) => (_turn, Model, Server) = (turn, model, server);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ScriptedModel Model { get; }

    public ServerProcess Server { get; }

    public Guid Conversation { get; } = Guid.NewGuid();

    /// <summary>The folder in which the turns work.</summary>
    public string Project => Path.Combine(Server.Home, ".cowork", "projects", "general");

    /// <param name="name">The first recording.</param>
    /// <param name="variables">Variables of the server's environment.</param>
    public static async Task<Replay> StartAsync(string name, params (string Name, string Value)[] variables)
    {
        var turn = RecordedTurn.Read(name);
        var model = await ScriptedModel.StartAsync();
        // The only way to send Anthropic's calls elsewhere: its key must not follow an address that was meant for another provider.
        var server = await ServerProcess.StartAsync(Ct, [("ANTHROPIC_BASE_URL", model.BaseUrl.GetLeftPart(UriPartial.Authority)), .. variables]);
        var replay = new Replay(turn, model, server);
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        if (turn.IsAnthropic)
            await replay.SetAsync(("anthropic_api_key", "sk-test"), ("planning_provider", "anthropic"), ("coding_provider", "anthropic"));
        await server.PythonSearchedAsync(Ct);
        return replay;
    }

    public async Task SetAsync(params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings)
        {
            using var answer = await Server.Client.Http.PutAsJsonAsync($"settings/{key}", new JsonObject { ["value"] = value }, Ct);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Plays the first turn; stream and items must show what was recorded.</summary>
    /// <param name="input">What the user says.</param>
    /// <param name="onFrame">Sees every frame when it comes.</param>
    /// <param name="mask">Replaces in a frame what no recording can know.</param>
    public Task<IReadOnlyList<Frame>> RunAsync(JsonNode? input = null, Func<Frame, Task>? onFrame = null, Func<string, string>? mask = null) => PlayAsync(_turn, input, onFrame, mask);

    /// <summary>Plays another turn of the conversation.</summary>
    public Task<IReadOnlyList<Frame>> RunNextAsync(string name) => PlayAsync(RecordedTurn.Read(name), null, null, null);

    async Task<IReadOnlyList<Frame>> PlayAsync(RecordedTurn turn, JsonNode? input, Func<Frame, Task>? onFrame, Func<string, string>? mask)
    {
        turn.Script(Model);
        input ??= "go on";

        var frames = new List<Frame>();
        await foreach (var frame in Server.Client.AskAsync(input, Conversation, Ct))
        {
            frames.Add(frame);
            await (onFrame?.Invoke(frame) ?? Task.CompletedTask);
        }

        Assert.Equal(turn.Frames, RecordedTurn.Normalise(frames).Select(mask ?? (frame => frame)));
        var items = (await Server.Client.ItemsAsync(Conversation, Ct)).TakeLast(2).ToList();
        Assert.Equal(["user", "assistant"], items.Select(item => item!["role"]!.GetValue<string>()));
        if (input is JsonValue text)
            Assert.Equal(text.GetValue<string>(), items[0]!["content"]!.GetValue<string>());
        Assert.Equal(turn.Frames, RecordedTurn.Normalise(items[1]!["events"]!.AsArray().Select(e => e!)).Select(mask ?? (frame => frame)));
        Assert.Equal(string.Concat(frames.Select(frame => frame.Json["delta"])), items[1]!["content"]!.GetValue<string>());
        return frames;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Model.DisposeAsync();
    }
}
