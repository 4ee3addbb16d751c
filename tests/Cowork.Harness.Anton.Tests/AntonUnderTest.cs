using System.Collections.Concurrent;
using Cowork.Abstractions;
using Cowork.Testing;
using Cowork.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Tests;

/// <summary>The plugin as a host would run it, with a scripted model, a project folder of its own and a clock that never waits.</summary>
sealed class AntonUnderTest : IAsyncDisposable
{
    public const string Canary = "sk-canary-1234567890";
    const string Responses = "responses";
    readonly ServiceProvider _services;
    readonly Logs _logs = new();

    AntonUnderTest(ScriptedModel model, Action<AntonUnderTest, IServiceCollection>? replace)
    {
        Model = model;
        Root = Directory.CreateTempSubdirectory("anton-").FullName;
        Project = new(Guid.NewGuid(), "harbour", Directory.CreateDirectory(Path.Combine(Root, "harbour")).FullName);
        var builder = new Builder(Root, Settings);
        builder.Services.AddSingleton<TimeProvider>(Time).AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs));
        new AntonPlugin().Configure(builder);
        builder.Services.AddSingleton(new AntonOptions { GlobalMemoryRoot = Path.Combine(Root, "memory"), McpFile = Path.Combine(Root, "mcp.json") }).AddSingleton<IPluginSettings>(Settings);
        replace?.Invoke(this, builder.Services);
        Descriptor = builder.Descriptor!;
        _services = builder.Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }

    public ScriptedModel Model { get; }

    public string Root { get; }

    public ProjectInfo Project { get; }

    public HarnessDescriptor Descriptor { get; }

    public JumpingClock Time { get; } = new();

    public string Log => string.Join('\n', _logs.Lines);

    public FixedSettings Settings { get; } = new();

    public IServiceProvider Services => _services;

    public IHarness Harness => _services.GetRequiredService<IHarness>();

    public static async Task<AntonUnderTest> StartAsync(Action<AntonUnderTest, IServiceCollection>? replace = null) => new(await ScriptedModel.StartAsync(), replace);

    /// <summary>For a provider, or for <c>responses</c>, OpenAI over its other API.</summary>
    public static async Task<AntonUnderTest> StartAsync(string format)
    {
        var anton = await StartAsync();
        anton.Settings.Values["anton_openai_api"] = format == Responses ? Responses : "chat";
        return anton;
    }

    /// <summary>A reply that says something, in a provider's format.</summary>
    public static Func<HttpContext, Task> TextReply(string provider, string text) => Replies.Stream(provider switch
    {
        "anthropic" => Frames.MessageReply(text, []),
        Responses => Frames.ResponsesReply(text, []),
        _ => Frames.ChatReply(text, []),
    });

    public TurnRequest Request(string provider, params ContentBlock[] input) => new()
    {
        TurnId = Guid.NewGuid(),
        ConversationId = Guid.NewGuid(),
        Project = Project,
        Input = input,
        Models = Models(provider),
        Services = new TestTurnServices(Project.Directory, Path.Combine(Root, "tmp")),
    };

    public TurnModels Models(string provider, Secret? key = null, Uri? baseUrl = null)
    {
        var choice = new ModelChoice { Provider = provider == Responses ? "openai" : provider, Model = "fake-planner", BaseUrl = baseUrl ?? Model.BaseUrl, ApiKey = key ?? new Secret(Canary) };
        return new(choice, choice with { Model = "fake-coder" });
    }

    public Task<Outcome> RunAsync(string provider, string text) => RunAsync(Request(provider, new ContentBlock.TextBlock(text)));

    public Task<Outcome> RunAsync(TurnRequest request) => RunUntilAsync(request, TestContext.Current.CancellationToken);

    /// <summary>Runs a turn to its end. Waits between tries cost no time: the clock jumps.</summary>
    public async Task<Outcome> RunUntilAsync(TurnRequest request, CancellationToken ct)
    {
        var outcome = new Outcome { WaitsBefore = Time.Waits.Count, AllWaits = Time.Waits };
        await using var events = EventsAsync(request, ct).GetAsyncEnumerator(ct);
        try
        {
            while (true)
            {
                if (!await events.MoveNextAsync())
                    return outcome;
                outcome.Events.Add(events.Current);
            }
        }
        catch (HarnessException failure)
        {
            outcome.Failure = failure;
            return outcome;
        }
    }

    /// <summary>The events of a turn as they come, the same on every machine: one without Python is told so in each.</summary>
    public IAsyncEnumerable<HarnessEvent> EventsAsync(TurnRequest request, CancellationToken ct) =>
        Harness.RunAsync(request, ct).Where(e => e is not HarnessEvent.Warning { Code: "no_python" });

    public string File(string path, string content)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        System.IO.File.WriteAllText(full, content);
        return full;
    }

    public AttachedFile Attachment(string name, string contentType, byte[] bytes)
    {
        var path = Path.Combine(Root, name);
        System.IO.File.WriteAllBytes(path, bytes);
        return new(Guid.NewGuid(), name, path, contentType, bytes.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Model.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    sealed class Builder(string root, FixedSettings settings) : IPluginBuilder
    {
        public HarnessDescriptor? Descriptor { get; private set; }

        public PluginContext Context { get; } = new("Cowork.Harness.Anton", "0.0.0", root, root);

        public IServiceCollection Services { get; } = new ServiceCollection();

        public IPluginBuilder AddHarness<THarness>(HarnessDescriptor descriptor)
            where THarness : class, IHarness
        {
            Descriptor = descriptor;
            Services.AddSingleton<IHarness, THarness>();
            return this;
        }

        public IPluginBuilder AddSetting(SettingDescriptor setting)
        {
            settings.Declared.Add(setting.Key, setting.Default);
            return this;
        }

        public IPluginBuilder MapEndpoints(Action<IEndpointRouteBuilder> map) => this;

        public IPluginBuilder AddJob<TJob>(JobDescriptor job)
            where TJob : class, IPluginJob => this;
    }

    sealed class Logs : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

/// <summary>What came of a turn.</summary>
sealed class Outcome
{
    public List<HarnessEvent> Events { get; } = [];

    public HarnessException? Failure { get; set; }

    /// <summary>The waits between tries.</summary>
    public IReadOnlyList<TimeSpan> Waits => [.. AllWaits.Skip(WaitsBefore)];

    public required int WaitsBefore { get; init; }

    public required List<TimeSpan> AllWaits { get; init; }

    public string Text => string.Concat(Events.OfType<HarnessEvent.TextDelta>().Select(e => e.Text));

    public string Reasoning => string.Concat(Events.OfType<HarnessEvent.ReasoningDelta>().Select(e => e.Text));

    public HarnessEvent.Usage Usage => Events.OfType<HarnessEvent.Usage>().Single();

    public int Retries => Waits.Count;

    public void ShouldHaveAnswered(string text)
    {
        Assert.Null(Failure);
        Assert.Equal(text, Text);
    }

    public void ShouldHaveFailed(string code)
    {
        Assert.NotNull(Failure);
        Assert.Equal(code, Failure.Code);
        Assert.EndsWith(".", Failure.UserMessage, StringComparison.Ordinal);
    }
}
