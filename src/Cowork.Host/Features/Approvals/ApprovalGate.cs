using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Approvals;

/// <summary>A turn as far as asking goes.</summary>
/// <param name="Unattended">What it may do when nobody can be asked.</param>
/// <param name="Granted">What the user allowed once before the turn began, as <see cref="OneTimeGrants"/> writes it.</param>
/// <param name="IsInterrupted">Whether the turn was stopped because the server ends.</param>
sealed record ApprovalTurn(
    Guid TurnId, Guid ConversationId, Guid ProjectId, bool IsInteractive, UnattendedApprovals Unattended, IReadOnlyList<string> Granted, ITurnFrames Frames,
    Func<bool> IsInterrupted)
{
    /// <summary>What is left of <see cref="Granted"/>.</summary>
    public OneTimeGrants Grants { get; } = new(Granted);
}

/// <summary>Where turns ask and wait; a turn that waits holds no thread. Thread-safe.</summary>
[FeatureService]
sealed class ApprovalGate(Database database, ApprovalRules rules, SettingsService settings, TimeProvider time)
{
    const int DefaultMinutes = 60;
    const int MostMinutes = 7 * 24 * 60;
    readonly ConcurrentDictionary<Guid, Waiting> _waiting = new();

    /// <summary>What is decided without asking; null when a person has to be asked.</summary>
    public ApprovalDecision? FindDecision(ApprovalTurn turn, ApprovalRequest request) => rules.Decide(turn, WithoutSecrets(turn, request), isUse: false);

    public async Task<ApprovalDecision> RequestAsync(ApprovalTurn turn, ApprovalRequest request, CancellationToken ct)
    {
        request = WithoutSecrets(turn, request);
        if (rules.Decide(turn, request, isUse: true) is { } decided)
            return decided;
        var ended = await WaitAsync(
            turn,
            New(turn, Approval.ApprovalKind, request.Summary, request.ToolUseId) with
            {
                Action = request.Action,
                Subject = request.Subject,
                Detail = turn.Frames.Clean(request.Detail),
            },
            ct);
        return ended switch
        {
            { Status: ApprovalStatus.Expired } => new(false, $"Nobody answered within {Minutes} minutes. Go on without it, and say what you could not do."),
            { Answer: ApprovalAnswer.Deny } => new(false, "The user does not want this. Do it another way, or ask what they would prefer."),
            { Answer: ApprovalAnswer.Conversation } => new(true, "The user allows this for the rest of the conversation."),
            { Answer: ApprovalAnswer.Always } => new(true, "The user always allows this in this project."),
            _ => new(true, "The user allows this once."),
        };
    }

    public async Task<string?> AskAsync(ApprovalTurn turn, UserQuestion question, CancellationToken ct) => turn.IsInteractive
        ? (await WaitAsync(turn, New(turn, Approval.QuestionKind, question.Text, question.ToolUseId) with { Options = [.. question.Options.Select(turn.Frames.Clean)] }, ct)).Answer
        : null;

    /// <summary>Wakes the turn that waits for an answer, once the answer is stored.</summary>
    public void Answer(Approval answered)
    {
        if (_waiting.TryGetValue(answered.Id, out var waiting))
            waiting.Ended.TrySetResult(answered);
    }

    /// <summary>An answer without the secrets of the turn that waits for it: it is stored and shown.</summary>
    public string Clean(Guid approval, string answer) => _waiting.TryGetValue(approval, out var waiting) ? waiting.Turn.Frames.Clean(answer) : answer;

    /// <summary>What a process that died left open is answered by nobody any more; it stays to be read.</summary>
    public async Task RecoverAsync()
    {
        if (database.Exists("SELECT 1 FROM approvals WHERE status = 'pending'"))
            await database.WriteAsync(w => w.Execute("UPDATE approvals SET status = ?1, answered_at = ?2 WHERE status = 'pending'", ApprovalStatus.Interrupted, time.UtcNow()));
    }

    /// <summary>Asked, stored and remembered without them.</summary>
    static ApprovalRequest WithoutSecrets(ApprovalTurn turn, ApprovalRequest request) => request with { Subject = turn.Frames.Clean(request.Subject) };

    async Task<Approval> WaitAsync(ApprovalTurn turn, Approval asked, CancellationToken ct)
    {
        var answer = new TaskCompletionSource<Approval>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[asked.Id] = new(turn, answer);
        try
        {
            await database.WriteAsync(w => ApprovalRows.Insert(w, asked), ct);
            Show(turn, $"response.{asked.Kind}_requested", asked);
            var ended = await EndOfAsync(turn, asked, answer.Task, ct);
            Show(turn, "response.approval_answered", ended);
            ct.ThrowIfCancellationRequested();
            return ended;
        }
        finally
        {
            _waiting.TryRemove(asked.Id, out _);
        }
    }

    async Task<Approval> EndOfAsync(ApprovalTurn turn, Approval asked, Task<Approval> answer, CancellationToken ct)
    {
        string status;
        try
        {
            return await answer.WaitAsync(asked.ExpiresAt - asked.CreatedAt, time, ct);
        }
        catch (TimeoutException)
        {
            status = ApprovalStatus.Expired;
        }
        catch (OperationCanceledException)
        {
            status = turn.IsInterrupted() ? ApprovalStatus.Interrupted : ApprovalStatus.Withdrawn;
        }

        var closed = asked with { Status = status, AnsweredAt = time.UtcNow() };
        // Somebody may have answered just before; then that counts.
        return await database.WriteAsync(w => ApprovalRows.Close(w, closed), CancellationToken.None) ? closed : await answer;
    }

    Approval New(ApprovalTurn turn, string kind, string text, string toolUseId)
    {
        var now = time.UtcNow();
        return new()
        {
            Id = Guid.CreateVersion7(),
            Kind = kind,
            ConversationId = turn.ConversationId,
            ProjectId = turn.ProjectId,
            TurnId = turn.TurnId,
            Text = turn.Frames.Clean(text),
            ToolUseId = toolUseId,
            CreatedAt = now,
            ExpiresAt = now.AddMinutes(Minutes),
        };
    }

    static void Show(ApprovalTurn turn, string type, Approval approval) =>
        turn.Frames.Write(type, approval.Kind, json => JsonSerializer.Serialize(json, ApprovalView.Of(approval), ApprovalsJson.Default.ApprovalView));

    int Minutes => int.TryParse(settings.Get(SettingCatalog.ApprovalTimeoutKey), NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes > 0
        ? Math.Min(minutes, MostMinutes)
        : DefaultMinutes;

    sealed record Waiting(ApprovalTurn Turn, TaskCompletionSource<Approval> Ended);
}
