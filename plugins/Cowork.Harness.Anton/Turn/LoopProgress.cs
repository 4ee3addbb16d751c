using System.Globalization;

namespace Cowork.Harness.Anton.Turn;

/// <summary>How far a turn has come, and what it may still do.</summary>
sealed class LoopProgress(int maxRounds, long maxTokens)
{
    public const int MostContinuations = 3;
    const int MostPauses = 8;
    const int RoundsBetweenCompactions = 8;
    int _rounds;
    int _cuts;
    int _pauses;
    int _compactedAt = -RoundsBetweenCompactions;
    bool _wasWidened;
    bool _wasReminded;
    bool _continuesText;

    public ErrorStreaks Streaks { get; } = new();

    public bool IsOver { get; set; }

    /// <summary>Whether the next reply is the last one, in words.</summary>
    public bool IsClosing { get; set; }

    public bool UsedTools => _rounds > 0;

    public int Continuations { get; set; }

    /// <summary>What the last call brought; <c>null</c> before the first one.</summary>
    public RoundReply? Last { get; private set; }

    /// <summary>Whether the user has read anything in this turn.</summary>
    public bool HasSpoken { get; private set; }

    /// <summary>Whether the next text must not run into what was said before.</summary>
    public bool IsNewParagraph => HasSpoken && !_continuesText;

    public void Saw(RoundReply reply)
    {
        HasSpoken |= !string.IsNullOrWhiteSpace(reply.Text);
        _continuesText = reply.IsPaused;
        Last = reply;
    }

    public bool CanContinueText => _cuts < MostContinuations;

    /// <summary>Whether a provider that paused in work of its own may go on once more.</summary>
    public bool MayResume() => _pauses++ < MostPauses;

    public bool MayContinueText() => _continuesText = _cuts++ < MostContinuations;

    public bool MayWiden() => !_wasWidened && (_wasWidened = true);

    public bool MayRemind() => !_wasReminded && (_wasReminded = true);

    /// <summary>Once in so many rounds: a conversation that stays full would be summarised again and again.</summary>
    public bool MayCompact()
    {
        if (_rounds - _compactedAt < RoundsBetweenCompactions)
            return false;
        _compactedAt = _rounds;
        return true;
    }

    /// <summary>Counts a round of tools.</summary>
    public void Acted() => _rounds++;

    /// <summary>What the model is told when it wants tools and has used up what it may, else <c>null</c>.</summary>
    public string? LimitReached(TurnState turn)
    {
        var used = _rounds >= maxRounds ? string.Create(CultureInfo.InvariantCulture, $"{_rounds} rounds of tools")
            : turn.Tokens >= maxTokens ? string.Create(CultureInfo.InvariantCulture, $"{turn.Tokens:N0} tokens")
            : null;
        if (used is null)
            return null;
        var ask = turn.Request.IsInteractive ? "and ask whether you shall go on." : "and what is left to do. Nobody can answer now.";
        return $"(This turn has used {used}, which is its limit. Do not call tools any more. Say briefly what is done, what is left, {ask})";
    }
}
