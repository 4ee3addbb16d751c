using System.Globalization;
using System.Runtime.CompilerServices;
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

    public TurnState(TurnRequest request, ModelChoice planning, Scrubber scrubber)
    {
        Request = request;
        Planning = planning;
        Scrubber = scrubber;
        Context = new(request, Emit, scrubber) { Join = Join, UsedTokens = () => Tokens };
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

    /// <summary>What was sent while nobody watched a job: warnings from the start.</summary>
    public IEnumerable<HarnessEvent> Pending()
    {
        while (_events.Reader.TryRead(out var e))
            if (e is not null)
                yield return e;
    }

    /// <summary>Does a job on the side and tells at once what it sends; who stops listening stops it.</summary>
    public async IAsyncEnumerable<HarnessEvent> WatchAsync(Func<CancellationToken, Task> job, [EnumeratorCancellation] CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var work = Task.Run(() => ToItsEndAsync(job, stop.Token), CancellationToken.None);
        try
        {
            // Read to the mark that the job sets when it is over, also when it was stopped.
            while (await _events.Reader.ReadAsync(CancellationToken.None) is { } e)
                yield return e;
            await work;
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    /// <summary>Gives the turn its tools and its first question; before, only events can be sent.</summary>
    public void Begin(IEnumerable<ITool> tools, ModelRequest first)
    {
        Tools = tools.ToDictionary(tool => tool.Spec.Name, StringComparer.Ordinal);
        Next = first;
        _callIds.UnionWith(first.Messages.SelectMany(message => message.Content).OfType<ModelContent.ToolCall>().Select(call => call.Id));
    }

    /// <summary>Gives the model more tools from the next round on. Only for a tool that runs alone: nothing else changes the turn meanwhile.</summary>
    void Join(IReadOnlyList<ITool> tools)
    {
        Tools = Tools.Values.Concat(tools).ToDictionary(tool => tool.Spec.Name, StringComparer.Ordinal);
        Next = Next with { Tools = [.. Next.Tools, .. tools.Select(tool => tool.Spec)] };
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
        if (e is HarnessEvent.Usage usage)
            Count(usage.InputTokens + usage.OutputTokens);
        _events.Writer.TryWrite(e);
    }

    /// <summary>Counts the tokens of a reply; those of side jobs are counted where they are sent.</summary>
    public void Count(long tokens) => Interlocked.Add(ref _tokens, tokens);

    /// <summary>Adds a message to the conversation.</summary>
    public void Add(ModelMessage message) => Next = Next with { Messages = [.. Next.Messages, message] };

    /// <summary>Says something to the model that nobody asked for.</summary>
    public void Note(string text) => Add(new(MessageRole.User, text) { IsNote = true });

    async Task ToItsEndAsync(Func<CancellationToken, Task> job, CancellationToken ct)
    {
        try
        {
            await job(ct);
        }
        finally
        {
            _events.Writer.TryWrite(null);
        }
    }
}
