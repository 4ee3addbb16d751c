using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>Decides, for one model call, what to try after a failure. Only asked while nothing of the answer was shown.</summary>
sealed class Recovery(RetryPolicy retries, ModelChoice choice, Patience patience)
{
    const string Omitted = "Earlier messages of this conversation did not fit and are not shown to you. Say so if they seem to be missing.";
    const int KeptMessages = 4;
    const int LongestResult = 2_000;
    const int LeastRoom = 1024;
    int _retries;
    bool _wasShortened;
    bool _imagesLeftOut;

    /// <summary>The next try, or <c>null</c> when the failure stands.</summary>
    public Attempt? After(ProviderFailure failure, ModelRequest request) => failure.Kind switch
    {
        FailureKind.ContextOverflow => Shorten(request),
        FailureKind.ImageRefused => LeaveOutEarlierImages(request),
        FailureKind.ToolsRefused => LeaveOutTools(request),
        FailureKind.OutputLimitTooHigh => LimitOutput(request),
        _ => retries.After(failure, _retries++, choice, patience) is { } retry ? new(request, retry.Notice, retry.Delay) : null,
    };

    /// <summary>
    /// The last resort: the question and the newest messages, results of tools in short. The room for the answer shrinks as well, for it
    /// counts too.
    /// </summary>
    Attempt? Shorten(ModelRequest request)
    {
        if (_wasShortened)
            return null;
        _wasShortened = true;
        var kept = Shortening.LastOf(request.Messages, KeptMessages);
        var shorter = request with { Messages = [.. Shortening.WithShortResults(kept, LongestResult)], MaxOutputTokens = Math.Min(request.MaxOutputTokens, LeastRoom) };
        if (kept.Count < request.Messages.Count)
            shorter = shorter with { System = request.System with { Tail = $"{request.System.Tail}\n\n{Omitted}" } };
        var notice = request.Messages.Count > 1
            ? "The conversation was longer than the model can read, so only its latest part was kept."
            : "The message fills nearly all that the model can read, so little room is left for the answer.";
        return new(shorter, new HarnessEvent.ContextCompacted(notice), TimeSpan.Zero);
    }

    /// <summary>An image that was refused once would be refused in every later turn as well, as part of history.</summary>
    Attempt? LeaveOutEarlierImages(ModelRequest request)
    {
        var hasEarlier = request.Messages.SkipLast(1).Any(message => !message.IsText);
        if (_imagesLeftOut || !hasEarlier)
            return null;
        _imagesLeftOut = true;
        List<ModelMessage> messages = [.. request.Messages.SkipLast(1).Select(WithoutImages), request.Messages[^1]];
        var notice = new HarnessEvent.Warning("image_left_out", $"{FailureSentences.Label(choice)} could not read an earlier image of this conversation, so Anton answers without it.");
        return new(request with { Messages = messages }, notice, TimeSpan.Zero);
    }

    /// <summary>A model that can only talk still answers what needs no tools.</summary>
    Attempt? LeaveOutTools(ModelRequest request) => request.Tools.Count == 0 ? null : new(
        request with { Tools = [], NativeWebSearch = false },
        new HarnessEvent.Warning("tools_left_out", $"The model “{choice.Model}” cannot call tools, so Anton can only answer in words. Choose another model in Settings for work with files, code and the web."),
        TimeSpan.Zero);

    /// <summary>Small models write less than is asked for; where even little is too much, the conversation itself fills the window.</summary>
    Attempt? LimitOutput(ModelRequest request) => request.MaxOutputTokens switch
    {
        > OutputLimits.Usual => new(request with { MaxOutputTokens = OutputLimits.Usual }, null, TimeSpan.Zero),
        > 4096 => new(request with { MaxOutputTokens = 4096 }, null, TimeSpan.Zero),
        > LeastRoom => new(request with { MaxOutputTokens = LeastRoom }, null, TimeSpan.Zero),
        _ => Shorten(request),
    };

    static ModelMessage WithoutImages(ModelMessage message) =>
        message.IsText ? message : message with { Content = [.. message.Content.Select(part => part is ModelContent.Image image ? MessageBuilder.Note(image.File) : part)] };
}

/// <param name="Request">What to ask this time.</param>
/// <param name="Notice">What to tell the user before; may be <c>null</c>.</param>
/// <param name="Delay">How long to wait before.</param>
sealed record Attempt(ModelRequest Request, HarnessEvent? Notice, TimeSpan Delay);
