namespace Cowork.Abstractions;

/// <summary>What the host knows of a harness before it runs.</summary>
public sealed record HarnessDescriptor
{
    /// <summary>Unique id in lower case, for example <c>anton</c>: the value of the <c>harness</c> setting.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public required string Label { get; init; }

    /// <summary>One sentence for the settings page.</summary>
    public string Description { get; init; } = "";

    /// <summary>
    /// Whether the harness talks to the language model chosen in the settings. If so it is ready when the chosen
    /// provider has its key, and the host refuses a turn with <see cref="FailureCodes.NotConfigured"/> before calling it otherwise.
    /// </summary>
    public bool NeedsModel { get; init; }

    /// <summary>Keys of settings without a default that must have a value before the harness can run.</summary>
    public IReadOnlyList<string> RequiredSettings { get; init; } = [];
}
