using System.Collections.Concurrent;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cowork.Harness.Anton.Tests.Loop;

/// <summary>Tools for tests of the loop: each answers with what the test says.</summary>
sealed class ProbeTools : IToolSource
{
    readonly List<ITool> _tools = [];

    /// <summary>All calls that reached a tool, in the order in which they began.</summary>
    public ConcurrentQueue<ToolCall> Calls { get; } = new();

    public ProbeTools Add(string name, Func<ToolCall, ToolContext, CancellationToken, Task<ToolOutcome>> run, bool isReadOnly = false)
    {
        _tools.Add(new Probe(this, name, isReadOnly, run));
        return this;
    }

    public ProbeTools Add(string name, string answer, bool isError = false) => Add(name, (_, _, _) => Task.FromResult(new ToolOutcome(answer, isError)));

    public Task<AntonUnderTest> StartAsync(Action<IServiceCollection>? also = null) => AntonUnderTest.StartAsync((_, services) =>
    {
        services.RemoveAll<IToolSource>().AddSingleton<IToolSource>(this);
        also?.Invoke(services);
    });

    public ValueTask<IReadOnlyList<ITool>> ToolsAsync(ToolContext context, CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<ITool>>(_tools);

    sealed class Probe(ProbeTools owner, string name, bool isReadOnly, Func<ToolCall, ToolContext, CancellationToken, Task<ToolOutcome>> run) : ITool
    {
        public ToolSpec Spec { get; } = new(name, $"Does {name}.", BinaryData.FromString("""{"type":"object","properties":{"n":{"type":"integer"}}}"""));

        public bool IsReadOnly => isReadOnly;

        public Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
        {
            owner.Calls.Enqueue(call);
            return run(call, context, ct);
        }
    }
}
