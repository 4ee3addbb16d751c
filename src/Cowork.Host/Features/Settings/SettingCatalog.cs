using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>The host's own settings, in the order in which they are listed.</summary>
[FeatureService]
sealed class SettingCatalog(ServerOptions options)
{
    public IReadOnlyList<SettingDescriptor> All { get; } =
    [
        Secret("anthropic_api_key", "Anthropic API Key", "Key for models of Anthropic."),
        Secret("openai_api_key", "OpenAI API Key", "Key for OpenAI, Gemini or any OpenAI-compatible endpoint."),
        Secret("minds_api_key", "MindsHub API Key", "Key for MindsHub: models and publishing."),
        Text("minds_url", "MindsHub URL", "Address of the MindsHub API.", "https://api.mindshub.ai/v1"),
        Choice("planning_provider", "Planning Provider", "Who serves the model that talks to you.", Providers.Anthropic, Providers.All),
        Text("planning_model", "Planning Model", "The model that talks to you; the provider's usual one when unset.", null),
        Choice("coding_provider", "Coding Provider", "Who serves the model for side jobs such as summaries.", Providers.Anthropic, Providers.All),
        Text("coding_model", "Coding Model", "The model for side jobs; the provider's usual one when unset.", null),
        Text("planning_reasoning_effort", "Planning Reasoning Effort", "How long the planning model thinks; left to the provider when unset.", null),
        Text("coding_reasoning_effort", "Coding Reasoning Effort", "How long the coding model thinks; left to the provider when unset.", null),
        Choice(HarnessKey, "Harness", "The agent that answers.", "anton", []),
        Choice(ChannelsHarnessKey, "Channel Agent", "The agent that answers in chat channels.", options.ChannelsHarness ?? "anton", []),
        Text("greeting", "Greeting", "What the start page says.", "Let's knock something off your list"),
        Text("tone", "Tone", "How the agent writes.", "balanced"),
        Switch("auto_pin", "Auto Pin", "Pin conversations when they are opened.", true),
        Switch("show_dots", "Show Dots", "Show activity dots in the sidebar.", true),
        Switch("show_counters", "Show Counters", "Show counters in the sidebar.", true),
        Text("accent_variant", "Accent Variant", "Accent colour of the app.", "aqua"),
        Switch("memory_enabled", "Memory Enabled", "Let the agent remember.", true),
        Text("memory_mode", "Memory Mode", "Who decides what is remembered: autopilot, copilot or off.", "autopilot"),
        Switch("episodic_memory", "Episodic Memory", "Let the agent recall earlier conversations.", true),
        Switch("proactive_dashboards", "Proactive Dashboards", "Offer dashboards without being asked.", false),
        Text("ui_update_mode", "UI Update Mode", "How the app updates itself.", "manual"),
        Text("publish_url", "Publish URL", "Where results are published.", "https://4nton.ai"),
        Text("openai_base_url", "OpenAI Base URL", "Address of an OpenAI-compatible endpoint, version part included.", ""),
        Text("model_mode", "Model Mode", "How the app chooses models.", "default"),
        Text("model_overrides", "Model Overrides", "Models chosen per task, as JSON.", "{}"),
        Text("providers_json", "Providers", "The provider list of the settings page, as JSON.", "[]"),
        // The earlier server's settings end here; what comes after them is ours.
        Number(ScheduleHistoryKey, "Schedule History", "How many runs of each schedule are kept.", "200"),
        Number(ScheduleTimeLimitKey, "Schedule Time Limit", "Minutes after which a run of a schedule without a limit of its own is stopped.", "360"),
        Choice(ApprovalPolicyKey, "Approvals", "What happens when an agent wants to do something consequential: ask, allow or deny. Projects may differ.", "ask", ["ask", "allow", "deny"]),
        new() { Key = ApprovalTimeoutKey, Label = "Approval Timeout", Description = "Minutes after which an unanswered question of an agent counts as denied.", Kind = SettingKind.Integer, Default = "60" },
    ];

    public const string ApprovalPolicyKey = "approval_policy";
    public const string ApprovalTimeoutKey = "approval_timeout_minutes";
    public const string ScheduleHistoryKey = "schedule_history";
    public const string ScheduleTimeLimitKey = "schedule_time_limit";
    public const string HarnessKey = "harness";
    public const string ChannelsHarnessKey = "channels_harness";

    /// <summary>The least and the greatest value of numbers that cannot be any.</summary>
    public static readonly IReadOnlyDictionary<string, (long Least, long Most)> Ranges = new Dictionary<string, (long, long)>
    {
        [ScheduleHistoryKey] = (1, 10_000),
        [ScheduleTimeLimitKey] = (1, 7 * 24 * 60),
    };

    static SettingDescriptor Number(string key, string label, string description, string fallback) =>
        new() { Key = key, Label = label, Description = description, Kind = SettingKind.Integer, Default = fallback };

    static SettingDescriptor Secret(string key, string label, string description) =>
        new() { Key = key, Label = label, Description = description, Kind = SettingKind.Secret };

    static SettingDescriptor Text(string key, string label, string description, string? fallback) =>
        new() { Key = key, Label = label, Description = description, Default = fallback };

    static SettingDescriptor Switch(string key, string label, string description, bool on) =>
        new() { Key = key, Label = label, Description = description, Kind = SettingKind.Boolean, Default = on ? "True" : "False" };

    static SettingDescriptor Choice(string key, string label, string description, string fallback, IReadOnlyList<string> choices) =>
        new() { Key = key, Label = label, Description = description, Kind = SettingKind.Choice, Default = fallback, Options = choices };
}
