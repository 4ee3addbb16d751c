using System.Collections.Concurrent;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Cowork.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Cowork.Harness.Anton.Tests.Tools;

/// <summary>The plugin's tools in a turn, on real files; time stands still until a test moves it.</summary>
sealed class ToolsUnderTest : IAsyncDisposable
{
    readonly AntonUnderTest _anton;

    ToolsUnderTest(AntonUnderTest anton)
    {
        _anton = anton;
        Request = anton.Request("openai", new ContentBlock.TextBlock("hi"));
    }

    public FakeTimeProvider Clock { get; private init; } = null!;

    public TurnRequest Request { get; set; }

    public ConcurrentQueue<HarnessEvent> Events { get; } = new();

    /// <summary>Called with every event, on the thread of the tool.</summary>
    public Action<HarnessEvent> OnEvent { get; set; } = _ => { };

    public TestTurnServices Person => (TestTurnServices)Request.Services;

    public FixedSettings Settings => _anton.Settings;

    public IServiceProvider Services => _anton.Services;

    public string Project => _anton.Project.Directory;

    public string Root => _anton.Root;

    public string Log => _anton.Log;

    public ToolContext Context => new(
        Request,
        e =>
        {
            Events.Enqueue(e);
            OnEvent(e);
        },
        Scrubber.Of(Request));

    public static async Task<ToolsUnderTest> StartAsync(Func<AntonOptions, AntonOptions>? options = null, Action<IServiceCollection>? replace = null)
    {
        var clock = new FakeTimeProvider(new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero));
        var anton = await AntonUnderTest.StartAsync((anton, services) =>
        {
            services.AddSingleton<TimeProvider>(clock);
            var known = new AntonOptions { GlobalMemoryRoot = Path.Combine(anton.Root, "memory"), SkillsRoot = Path.Combine(anton.Root, "skills"), McpFile = Path.Combine(anton.Root, "mcp.json") };
            services.AddSingleton(options?.Invoke(known) ?? known);
            replace?.Invoke(services);
        });
        return new(anton) { Clock = clock };
    }

    /// <summary>The native tools that are offered now.</summary>
    public async Task<IReadOnlyList<ITool>> AllAsync() =>
        await Services.GetServices<IToolSource>().OfType<CoreTools>().Single().ToolsAsync(Context, TestContext.Current.CancellationToken);

    public async Task<ToolOutcome> RunAsync(string tool, object arguments, CancellationToken? ct = null)
    {
        var found = (await AllAsync()).Single(known => known.Spec.Name == tool);
        var call = new ToolCall("call-1", tool, JsonSerializer.SerializeToElement(arguments));
        return await found.RunAsync(call, Context, ct ?? TestContext.Current.CancellationToken);
    }

    /// <summary>A call that must go well.</summary>
    public async Task<string> TextAsync(string tool, object arguments)
    {
        var outcome = await RunAsync(tool, arguments);
        Assert.False(outcome.IsError, outcome.Text);
        return outcome.Text;
    }

    /// <summary>A call that must fail, with a sentence.</summary>
    public async Task<string> FailAsync(string tool, object arguments)
    {
        try
        {
            var outcome = await RunAsync(tool, arguments);
            Assert.True(outcome.IsError, $"It went well: {outcome.Text}");
            return outcome.Text;
        }
        catch (ToolException e)
        {
            Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
            return e.Message;
        }
    }

    public string Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    public string Write(string path, byte[] content)
    {
        var full = Path.Combine(Project, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return full;
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Project, path));

    public bool Exists(string path) => Path.Exists(Path.Combine(Project, path));

    public AttachedFile Attach(string name, byte[] content)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "uploads")).FullName;
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        var file = new AttachedFile(Guid.NewGuid(), name, path, "application/octet-stream", content.Length);
        Request = Request with { Attachments = [.. Request.Attachments, file] };
        return file;
    }

    public ValueTask DisposeAsync() => _anton.DisposeAsync();
}
