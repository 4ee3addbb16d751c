using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Turns;

/// <summary>One run of a harness for one user message.</summary>
[Table("turns")]
sealed class Turn
{
    public Guid Id { get; init; }
    public Guid ConversationId { get; init; }

    /// <summary>Rising within the conversation; names the log file.</summary>
    public int Number { get; set; }

    /// <summary>One of <see cref="TurnStatus"/>.</summary>
    public required string Status { get; set; }
    public required string Harness { get; init; }

    /// <summary>What the caller called the model; only echoed.</summary>
    public string? Model { get; init; }

    /// <summary>The user's message as JSON, so that a queued one outlives the process.</summary>
    public required string Input { get; init; }

    /// <summary>What else the caller asked for (<see cref="TurnOptions"/>) as JSON.</summary>
    public string? Options { get; init; }
    public Guid? UserMessageId { get; set; }
    public Guid? AssistantMessageId { get; set; }
    public string? ErrorCode { get; set; }
    public string? Error { get; set; }
    public long InputTokens { get; set; }
    public long OutputTokens { get; set; }
    public long CachedInputTokens { get; set; }

    /// <summary>Whether the log file has its terminal record and nothing of the turn is left to do.</summary>
    public bool LogClosed { get; set; }
    public DateTime CreatedAt { get; init; }
    public DateTime? StartedAt { get; set; }
    public DateTime? FinishedAt { get; set; }
    public DateTime ModifiedAt { get; set; }

    /// <summary>The id on the wire.</summary>
    public string ResponseId => $"resp-{Id}";
}

/// <summary>The life of a turn: queued → running → one of the others.</summary>
static class TurnStatus
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
    public const string Interrupted = "interrupted";
}
