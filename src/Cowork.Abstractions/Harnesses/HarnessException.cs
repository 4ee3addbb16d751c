namespace Cowork.Abstractions;

/// <summary>
/// Ends a turn as failed with a code and a sentence for the user. Any other exception becomes
/// <see cref="FailureCodes.InternalError"/> with a general text; its details reach only the log.
/// </summary>
public sealed class HarnessException : Exception
{
    /// <summary>Creates the failure.</summary>
    /// <param name="code">One of <see cref="FailureCodes"/>, or a stable snake_case code of the harness's own.</param>
    /// <param name="userMessage">One or two sentences for a person: what happened and what to do. No provider bodies, paths or secrets.</param>
    /// <param name="retryable">Whether sending the same message again may succeed without changing anything.</param>
    /// <param name="innerException">The cause, for the log.</param>
    public HarnessException(string code, string userMessage, bool retryable = false, Exception? innerException = null)
        : base(userMessage, innerException)
    {
        ArgumentException.ThrowIfNullOrEmpty(code);
        ArgumentException.ThrowIfNullOrEmpty(userMessage);
        Code = code;
        Retryable = retryable;
    }

    /// <summary>The stable code that clients branch on.</summary>
    public string Code { get; }

    /// <summary>The sentence that users see; the same as <see cref="Exception.Message"/>.</summary>
    public string UserMessage => Message;

    /// <summary>Whether the same message may succeed if sent again.</summary>
    public bool Retryable { get; }
}
