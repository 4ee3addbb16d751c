using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>What one model call brought.</summary>
sealed class RoundReply
{
    readonly List<ModelContent> _parts = [];
    readonly StringBuilder _text = new();
    StopReason? _stop;
    ModelUsage? _usage;
    int _limit;

    /// <summary>What was asked in the end: recovery may have shortened it.</summary>
    public ModelRequest? Asked { get; private set; }

    /// <summary>The whole text of this reply.</summary>
    public string Text { get; private set; } = "";

    public IEnumerable<ModelContent.ToolCall> Calls => _parts.OfType<ModelContent.ToolCall>();

    public bool HasCalls => _parts.Exists(part => part is ModelContent.ToolCall);

    public bool IsPaused => _stop is StopReason.Paused && _parts.Count > 0;

    /// <summary>Whether text went out: from then on nothing may be said again.</summary>
    public bool WasShown { get; private set; }

    /// <summary>Whether the reply reached its limit. Some gateways say that all was well, so the count of tokens decides as well.</summary>
    public bool WasCutShort => _stop is StopReason.MaxTokens || (_stop is StopReason.EndOfTurn && _usage is { } usage && _limit > 0 && usage.OutputTokens >= _limit);

    /// <summary>Tokens that the call read; estimated when the provider did not tell.</summary>
    public long InputTokens => _usage is { InputTokens: > 0 } usage ? usage.InputTokens : ConversationSize.TokensOf(Asked!);

    /// <summary>Tokens read and written; estimated when the provider did not tell.</summary>
    public long TotalTokens => InputTokens + (_usage is { OutputTokens: > 0 } usage ? usage.OutputTokens : ConversationSize.TokensOf(ToMessage()));

    /// <summary>The failure of a call that ended well and yet brought nothing.</summary>
    public ProviderFailure? Emptiness => HasCalls || IsPaused || !string.IsNullOrWhiteSpace(Text) ? null : new(
        _stop switch
        {
            StopReason.Refused => FailureKind.Refused,
            _ when WasCutShort => FailureKind.OnlyReasoning,
            _ => FailureKind.EmptyAnswer,
        },
        IsTransient: false,
        Cause: null);

    /// <summary>Forgets what a failed try brought.</summary>
    public void Begin(ModelRequest request)
    {
        (Asked, _limit, _stop, _usage, Text) = (request, request.MaxOutputTokens, null, null, "");
        _parts.Clear();
        _text.Clear();
    }

    public void Add(ModelEvent e)
    {
        switch (e)
        {
            case ModelEvent.TextDelta delta:
                WasShown = true;
                _text.Append(delta.Text);
                break;
            case ModelEvent.ToolCalled called:
                EndText();
                _parts.Add(called.Call);
                break;
            case ModelEvent.ProviderPart part:
                EndText();
                _parts.Add(part.Part);
                break;
            case ModelEvent.Completed completed:
                EndText();
                (_stop, _usage) = (completed.Stop, completed.Usage);
                break;
        }
    }

    /// <summary>Ends a reply whose connection broke like one that reached its limit: what was said stands, what it called does not.</summary>
    public void BreakOff()
    {
        EndText();
        _parts.RemoveAll(part => part is not ModelContent.Text);
        _stop = StopReason.MaxTokens;
    }

    /// <summary>The reply as a message of the conversation.</summary>
    public ModelMessage ToMessage() => new(MessageRole.Assistant, [.. _parts]);

    void EndText()
    {
        if (_text.Length == 0)
            return;
        var text = _text.ToString();
        _text.Clear();
        Text += text;
        // Providers refuse parts that are blank.
        if (!string.IsNullOrWhiteSpace(text))
            _parts.Add(new ModelContent.Text(text));
    }
}
