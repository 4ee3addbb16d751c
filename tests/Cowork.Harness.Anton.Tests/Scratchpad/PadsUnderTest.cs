using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.Harness.Anton.Tools;
using Cowork.Testing;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

/// <summary>The scratchpad over the Python of this machine, with folders of its own and a clock that only tests move; child processes have the real one.</summary>
sealed class PadsUnderTest : IAsyncDisposable
{
    readonly bool _ownsRoot;
    readonly ServiceProvider _services;

    PadsUnderTest(string? root, Func<ScratchpadOptions, ScratchpadOptions> change, ICellService[] more)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("pads-").FullName;
        Project = new(Guid.NewGuid(), "harbour", Directory.CreateDirectory(Path.Combine(Root, "hafen ü")).FullName);
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton<ModelHttp>()
            .AddSingleton<IPluginSettings>(Settings)
            .AddSingleton<AntonSettings>()
            .AddSingleton<LanguageModels>()
            .AddSingleton(_ => new RetryPolicy(Time, () => 0))
            .AddScratchpad(Path.Combine(Root, "data"))
            // However slow the machine is: only tests of the patience have less.
            .AddSingleton(change(ScratchpadOptions.From(Path.Combine(Root, "data")) with { SearchPatience = TimeSpan.FromMinutes(1) }));
        foreach (var service in more)
            services.AddSingleton(service);
        _services = services.BuildServiceProvider();
    }

    public string Root { get; }

    public ProjectInfo Project { get; }

    public FakeTimeProvider Time { get; } = new();

    /// <summary>Whether uv fetches a Python now.</summary>
    public bool IsFetching => _services.GetRequiredService<PythonFinder>().IsFetching;

    public FixedSettings Settings { get; } = FixedSettings.Of(AntonSettings.Descriptors);

    public PadPool Pool => _services.GetRequiredService<PadPool>();

    public ITool Tool => _services.GetRequiredService<ScratchpadTool>();

    public IToolSource Source => _services.GetRequiredService<IToolSource>();

    /// <summary>What the server does by itself once a day.</summary>
    public Task UpkeepAsync() => ActivatorUtilities.CreateInstance<ScratchpadUpkeep>(_services).RunAsync(TestContext.Current.CancellationToken);

    public static PadsUnderTest Start(Func<ScratchpadOptions, ScratchpadOptions>? change = null, string? root = null, params ICellService[] services)
    {
        Assert.SkipWhen(PythonOnThisMachine.IsMissing, PythonOnThisMachine.SkipReason);
        return new(root, change ?? (options => options), services);
    }

    public PadTurn Turn(Guid? conversation = null, TurnModels? models = null, params (string Name, string Value)[] secrets) =>
        new(this, conversation ?? Guid.NewGuid(), models, secrets);

    /// <summary>The end of the server as a user sees it.</summary>
    public ValueTask StopAsync() => _services.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsRoot)
            Directory.Delete(Root, recursive: true);
    }
}

/// <summary>One turn that calls the scratchpad.</summary>
sealed class PadTurn
{
    readonly PadsUnderTest _pads;
    readonly ConcurrentDictionary<string, TaskCompletionSource> _expected = new();
    int _calls;

    public PadTurn(PadsUnderTest pads, Guid conversation, TurnModels? models, (string Name, string Value)[] secrets)
    {
        _pads = pads;
        Conversation = conversation;
        var request = new TurnRequest
        {
            TurnId = Guid.NewGuid(),
            ConversationId = conversation,
            Project = pads.Project,
            Input = [new ContentBlock.TextBlock("hi")],
            Models = models,
            Services = new TestTurnServices(pads.Project.Directory, Path.Combine(pads.Root, "tmp")),
        };
        var scrubber = secrets.Length > 0 ? new Scrubber(secrets.Select(secret => (secret.Name, new Secret(secret.Value)))) : Scrubber.Of(request);
        Context = new(request, Hear, scrubber);
    }

    public Guid Conversation { get; }

    /// <summary>What is offered at the beginning of the turn.</summary>
    public ValueTask<IReadOnlyList<ITool>> ToolsAsync() => _pads.Source.ToolsAsync(Context, TestContext.Current.CancellationToken);

    public ToolContext Context { get; }

    public ConcurrentQueue<HarnessEvent> Events { get; } = new();

    public IEnumerable<HarnessEvent.Progress> Progress => Events.OfType<HarnessEvent.Progress>();

    /// <summary>Completes when a cell has called progress(message), or printed it.</summary>
    public Task Said(string message) => _expected.GetOrAdd(message, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public Task<CellSeen> ExecAsync(string code, string pad = "main", double? estimate = null, CancellationToken ct = default) =>
        ExecAsync(new JsonObject { ["action"] = "exec", ["name"] = pad, ["code"] = code, ["one_line_description"] = "Test", ["estimated_execution_time_seconds"] = estimate }, ct);

    public async Task<CellSeen> ExecAsync(JsonObject arguments, CancellationToken ct = default)
    {
        var (id, outcome) = await SendAsync(arguments.ToJsonString(), ct);
        return new(Frame(id), outcome);
    }

    /// <summary>What was shown of the last cell, also of one that was stopped.</summary>
    public JsonNode LastFrame() => JsonNode.Parse(Events.OfType<HarnessEvent.ToolResult>().Last().Content)!;

    public async Task<string> CallAsync(string action, string pad = "main", params string[] packages)
    {
        var arguments = new JsonObject { ["action"] = action, ["name"] = pad, ["packages"] = new JsonArray([.. packages.Select(name => JsonValue.Create(name))]) };
        return (await SendAsync(arguments.ToJsonString())).Outcome.Text;
    }

    public async Task<(string Id, ToolOutcome Outcome)> SendAsync(string arguments, CancellationToken ct = default)
    {
        using var document = JsonDocument.Parse(arguments);
        var call = new ToolCall($"call_{Interlocked.Increment(ref _calls)}", "scratchpad", document.RootElement.Clone());
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, TestContext.Current.CancellationToken);
        return (call.Id, await _pads.Tool.RunAsync(call, Context, both.Token));
    }

    JsonNode Frame(string id) => JsonNode.Parse(Events.OfType<HarnessEvent.ToolResult>().Single(result => result.ToolUseId == id).Content)!;

    void Hear(HarnessEvent e)
    {
        Events.Enqueue(e);
        if (e is HarnessEvent.Progress { Phase: "scratchpad" } progress)
            _expected.GetOrAdd(progress.Message, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}

/// <summary>What client and model got of a cell.</summary>
sealed record CellSeen(JsonNode Frame, ToolOutcome Outcome)
{
    public string Stdout => Text("stdout");

    public string Stderr => Text("stderr");

    public string Logs => Text("logs");

    public string Error => Frame["error"]?.GetValue<string>() ?? "";

    public string Status => Text("cell_status");

    /// <summary>The output of a cell that went well.</summary>
    public string Printed()
    {
        Assert.True(Status == "ok", Error);
        return Stdout.TrimEnd();
    }

    string Text(string member) => Frame[member]!.GetValue<string>();
}
