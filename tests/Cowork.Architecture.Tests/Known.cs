namespace Cowork.Architecture.Tests;

/// <summary>Exceptions to the rules, each with its reason.</summary>
static class Known
{
    /// <summary>Files of more than 300 lines: path to reason.</summary>
    public static readonly IReadOnlyDictionary<string, string> LongFiles = new Dictionary<string, string>();

    /// <summary>Static classes that other features may use: which one to reason. Mostly it is a rule that needs nothing, or a step of somebody else's unit of work, which a service would begin anew.</summary>
    public static readonly IReadOnlyDictionary<string, string> OpenStatics = new Dictionary<string, string>
    {
        ["Approvals.ApprovalRows"] = "approvals go in the same step as their conversation or project",
        ["Artifacts.ArtifactLayout"] = "says where artifacts lie; the search walks there by itself",
        ["Conversations.ConversationRows"] = "a turn and its new conversation are stored in one step",
        ["Conversations.Titles"] = "how titles are cut",
        ["Conversations.UsageJson"] = "how tokens are written, in frames as in items",
        ["Projects.ProjectLookup"] = "asks within the reader that the caller has open",
        ["Settings.Providers"] = "names of providers",
    };
}
