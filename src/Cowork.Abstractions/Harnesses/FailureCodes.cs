namespace Cowork.Abstractions;

/// <summary>The published codes of failed turns (<c>response.failed</c>, <c>code</c>). A code never changes its meaning.</summary>
public static class FailureCodes
{
    /// <summary>A key, a model or another setting is missing.</summary>
    public const string NotConfigured = "not_configured";

    /// <summary>The provider refused the key.</summary>
    public const string ProviderAuth = "provider_auth";

    /// <summary>The provider is down, overloaded or cannot be reached; try again later.</summary>
    public const string ProviderOverloaded = "provider_overloaded";

    /// <summary>Too many requests in a short time.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>The account's tokens or credit are used up.</summary>
    public const string TokenLimit = "token_limit";

    /// <summary>The conversation is longer than the model can read.</summary>
    public const string ContextOverflow = "context_overflow";

    /// <summary>The provider cannot read an image.</summary>
    public const string ImageFormat = "image_format";

    /// <summary>The provider does not know the model.</summary>
    public const string UnknownModel = "unknown_model";

    /// <summary>The key may not use the model.</summary>
    public const string ModelAccessDenied = "model_access_denied";

    /// <summary>The provider refused the request for another reason.</summary>
    public const string ProviderRejected = "provider_rejected";

    /// <summary>The connection to the model broke in the middle of an answer.</summary>
    public const string ConnectionLost = "connection_lost";

    /// <summary>The user stopped the turn.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The server ended while the turn was running.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>The turn ran into its time limit.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>The agent said more than a turn may say: 500,000 events, or 32 MiB on the wire.</summary>
    public const string OutputLimit = "output_limit";

    /// <summary>No loaded plugin offers the chosen harness.</summary>
    public const string UnknownHarness = "unknown_harness";

    /// <summary>The plugin that ran the turn was replaced or removed and its time to finish was over.</summary>
    public const string PluginReplaced = "plugin_replaced";

    /// <summary>A defect; the details are in the server's log.</summary>
    public const string InternalError = "internal_error";
}
