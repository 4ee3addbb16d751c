namespace Cowork.Harness.Anton.Llm;

enum FailureKind
{
    KeyRefused,
    ModelForbidden,
    BudgetExhausted,
    RateLimited,
    UnknownModel,
    ImageRefused,
    ToolsRefused,
    ContextOverflow,
    OutputLimitTooHigh,
    WrongAddress,
    Rejected,
    Overloaded,
    ServerError,
    Unreachable,
    Silent,
    ConnectionLost,
    Unreadable,
    EmptyAnswer,
    OnlyReasoning,
    Refused,
}

/// <summary>A failed model call, understood.</summary>
/// <param name="Kind">What went wrong.</param>
/// <param name="IsTransient">Whether the same call may work in a moment.</param>
/// <param name="Cause">The exception, free of bodies and keys; <c>null</c> when there was none.</param>
sealed record ProviderFailure(FailureKind Kind, bool IsTransient, Exception? Cause)
{
    /// <summary>How long the provider asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The provider's own words, for the log only.</summary>
    public string Detail { get; init; } = "";
}
