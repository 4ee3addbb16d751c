using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Approvals;

/// <summary>
/// Goes on where the server ended while an agent waited for an answer: the answer becomes the next message of the conversation, and
/// what it allows once counts for the turn that answers it.
/// </summary>
[FeatureService]
sealed class LateAnswers(TurnStore store, TurnService turns, TimeProvider time)
{
    /// <summary>The turn that asked, while it is the last of its conversation; else null: then the conversation has gone on without the answer.</summary>
    public Turn? TurnToContinue(Approval asked) => store.Find(asked.TurnId) is { Status: TurnStatus.Interrupted } turn && !store.HasLater(turn) ? turn : null;

    /// <summary>Starts the turn that goes on.</summary>
    public Task ContinueAsync(Turn interrupted, Approval answered)
    {
        var granted = answered is { Kind: Approval.ApprovalKind, Answer: ApprovalAnswer.Once } ? [OneTimeGrants.Of(answered.Action!, answered.Subject!)] : (string[]?)null;
        var turn = new Turn
        {
            Id = Guid.CreateVersion7(),
            ConversationId = interrupted.ConversationId,
            Status = TurnStatus.Queued,
            Harness = interrupted.Harness,
            Model = interrupted.Model,
            Input = ResponseInput.OfText(Message(answered)).Json,
            Options = granted is null ? null : new TurnOptions([], Granted: granted).ToJson(),
            CreatedAt = time.UtcNow(),
        };
        // Not with the request's token: the answer is stored, so the turn has to follow.
        return turns.SubmitAsync(turn, newConversation: null, rejectWhenBusy: false, CancellationToken.None);
    }

    static string Message(Approval answered) => answered switch
    {
        { Kind: Approval.QuestionKind } => $"You asked: {answered.Text}\nMy answer: {answered.Answer}",
        { Answer: ApprovalAnswer.Deny } => $"You asked: {answered.Text}\nMy answer: no. Go on without it.",
        _ => $"You asked: {answered.Text}\nMy answer: yes, go on.",
    };
}
