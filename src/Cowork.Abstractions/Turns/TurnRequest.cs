namespace Cowork.Abstractions;

/// <summary>Everything a harness gets for one turn. Immutable; valid until the run has ended.</summary>
public sealed record TurnRequest
{
    /// <summary>Id of this turn.</summary>
    public required Guid TurnId { get; init; }

    /// <summary>Id of the conversation.</summary>
    public required Guid ConversationId { get; init; }

    /// <summary>The project in which the conversation takes place.</summary>
    public required ProjectInfo Project { get; init; }

    /// <summary>The new user message; at least one part.</summary>
    public required IReadOnlyList<ContentBlock> Input { get; init; }

    /// <summary>The conversation before this message, oldest first.</summary>
    public IReadOnlyList<HistoryMessage> History { get; init; } = [];

    /// <summary>All files that were uploaded to this conversation and still exist.</summary>
    public IReadOnlyList<AttachedFile> Attachments { get; init; } = [];

    /// <summary>The skills that users have written down.</summary>
    public IReadOnlyList<SkillInfo> Skills { get; init; } = [];

    /// <summary>Whether a person may be there to answer questions. Not so for schedules and chat channels, which never wait.</summary>
    public bool IsInteractive { get; init; } = true;

    /// <summary>What the user lets the agent remember.</summary>
    public MemoryPolicy Memory { get; init; } = MemoryPolicy.Automatic;

    /// <summary>In which tone the user wishes to be answered, in their own words, or <c>null</c> when they do not say.</summary>
    public string? Tone { get; init; }

    /// <summary>Whether the user likes dashboards without having asked for one.</summary>
    public bool ProactiveDashboards { get; init; }

    /// <summary>Most tokens, read and written, that this turn may use, or <c>null</c> to leave it to the harness. Stop and say so when it is reached.</summary>
    public long? TokenBudget { get; init; }

    /// <summary>The models to use. <c>null</c> when the harness did not declare <see cref="HarnessDescriptor.NeedsModel"/>.</summary>
    public TurnModels? Models { get; init; }

    /// <summary>What the host does for the harness during this turn.</summary>
    public required ITurnServices Services { get; init; }
}

/// <summary>What an agent may write into its memory. Reading it is always allowed.</summary>
public enum MemoryPolicy
{
    /// <summary>What the user asks for, and what the agent has learned by itself.</summary>
    Automatic,

    /// <summary>Only what the user asks for.</summary>
    WhenAsked,

    /// <summary>Nothing.</summary>
    Off,
}

/// <summary>The project of a turn.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name, which is also the name of its folder.</param>
/// <param name="Directory">Absolute path of its folder; exists.</param>
public sealed record ProjectInfo(Guid Id, string Name, string Directory);

/// <summary>A procedure that the agent can look up.</summary>
/// <param name="Label">Unique short label.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Description">What it is; may be empty.</param>
/// <param name="WhenToUse">When the agent should use it; may be empty.</param>
/// <param name="Instructions">The procedure.</param>
public sealed record SkillInfo(string Label, string Name, string Description, string WhenToUse, string Instructions);

/// <summary>The two models of a turn.</summary>
/// <param name="Planning">Talks to the user and decides.</param>
/// <param name="Coding">Does small side jobs such as summaries.</param>
public sealed record TurnModels(ModelChoice Planning, ModelChoice Coding);

/// <summary>One model, ready to be called.</summary>
public sealed record ModelChoice
{
    /// <summary>The provider: <c>anthropic</c>, <c>openai</c>, <c>gemini</c>, <c>openai_compatible</c> or <c>minds_cloud</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The model's name as the provider knows it.</summary>
    public required string Model { get; init; }

    /// <summary>Reasoning effort, or <c>null</c> to leave it to the provider.</summary>
    public string? ReasoningEffort { get; init; }

    /// <summary>Base URL of the API, version part included, or <c>null</c> for the provider's own.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>The key, or <c>null</c> where the provider needs none.</summary>
    public Secret? ApiKey { get; init; }
}
