using System.Globalization;
using System.Threading.Channels;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Turn;

/// <summary>What belongs to one turn: its conversation so far, its tools, and what it has used up.</summary>
sealed class TurnState
{
    readonly HashSet<string> _callIds = new(StringComparer.Ordinal);
    readonly Channel<HarnessEvent?> _events = Channel.CreateUnbounded<HarnessEvent?>(new() { SingleReader = true });
    long _tokens;

    public TurnState(TurnRequest request, ModelChoice planning)
    {
        Request = request;
        Planning = planning;
        Scrubber = Scrubber.Of(request);
        Context = new(request, Emit, Scrubber) { UsedTokens = () => Tokens };
    }

    public TurnRequest Request { get; }

    public ModelChoice Planning { get; }

    /// <summary>The model for side jobs.</summary>
    public ModelChoice Coding => Request.Models!.Coding;

    public Scrubber Scrubber { get; }

    public ToolContext Context { get; }

    /// <summary>What is asked next: the conversation with all that the turn has added, and the tools.</summary>
    public ModelRequest Next { get; set; } = null!;

    public IReadOnlyDictionary<string, ITool> Tools { get; private set; } = new Dictionary<string, ITool>();

    /// <summary>Tokens read and written by all calls so far.</summary>
    public long Tokens => Interlocked.Read(ref _tokens);

    /// <summary>Events that tools and side jobs have sent; <c>null</c> marks the end of a phase.</summary>
    public ChannelReader<HarnessEvent?> Events => _events.Reader;

    /// <summary>Gives the turn its tools and its first question; before, only events can be sent.</summary>
    public void Begin(IEnumerable<ITool> tools, ModelRequest first)
    {
        Tools = tools.ToDictionary(tool => tool.Spec.Name, StringComparer.Ordinal);
        Next = first;
        _callIds.UnionWith(first.Messages.SelectMany(message => message.Content).OfType<ModelContent.ToolCall>().Select(call => call.Id));
    }

    /// <summary>An id for a new call. Some servers count from the beginning in every reply, and a result must find its one call.</summary>
    public string NewCallId(string id)
    {
        var unique = id;
        for (var number = 2; !_callIds.Add(unique); number++)
            unique = string.Create(CultureInfo.InvariantCulture, $"{id}_{number}");
        return unique;
    }

    public void Emit(HarnessEvent e)
    {
        Count(e);
        _events.Writer.TryWrite(e);
    }

    public void EndPhase() => _events.Writer.TryWrite(null);

    public void Count(HarnessEvent e)
    {
        if (e is HarnessEvent.Usage usage)
            Interlocked.Add(ref _tokens, usage.InputTokens + usage.OutputTokens);
    }

    /// <summary>Adds messages to the conversation.</summary>
    public void Add(params ReadOnlySpan<ModelMessage> messages) => Next = Next with { Messages = [.. Next.Messages, .. messages] };
}
