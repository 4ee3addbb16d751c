using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cowork.Host.Platform.Cli;

/// <summary>One line about a plugin.</summary>
/// <param name="State">As in the API; <c>ready</c> when no server runs and nothing speaks against it.</param>
sealed record PluginLine(string Name, string Version, string State, string? Reason)
{
    /// <summary>What it contributes, in lines; empty where only running it would tell.</summary>
    public IReadOnlyList<string> Contributions { get; init; } = [];

    /// <summary>Also when it is active: then a newer build in its folder is not.</summary>
    public bool IsProblem => State is "failed" or "incompatible" || (State == "active" && Reason is not null);
}

/// <summary>What is known of the plugins: from the server that runs, else from the folders.</summary>
static class PluginReport
{
    public static PluginRoots Roots(ServerOptions options) => PluginRoots.Under(options.DataRoot, options.ShippedPlugins, options.UserPlugins);

    public static DisabledPlugins Disabled(PluginRoots roots) => new(roots, NullLogger<DisabledPlugins>.Instance);

    public static IReadOnlyList<PluginLine> Of(JsonNode list) =>
    [
        .. list["plugins"]!.AsArray().Select(p => new PluginLine(Text(p!, "name"), Text(p!, "version"), Text(p!, "state"), p!["reason"]?.GetValue<string>()) { Contributions = Contributions(p) }),
    ];

    /// <summary>What a plugin contributes, as the API tells it, in lines.</summary>
    public static IReadOnlyList<string> Contributions(JsonNode plugin) =>
    [
        .. plugin["harnesses"]!.AsArray().Select(h => $"harness {h!["id"]} ({h["label"]})"),
        .. plugin["settings"]!.AsArray().Select(s => $"setting {s}"),
        .. plugin["endpoints"]!.AsArray().Select(e => $"endpoint {e}"),
        .. plugin["jobs"]!.AsArray().Select(j => $"job {j!["id"]} ({j["schedule"]})"),
    ];

    /// <summary>The folder that is used for a name, if there is one.</summary>
    public static PluginFolder? Find(PluginRoots roots, string name) => PluginFolder.Find(roots).FirstOrDefault(f => PluginFolder.NameComparer.Equals(f.Name, name));

    public static string Assembly(PluginFolder folder) => Path.Combine(folder.Path, folder.Name + ".dll");

    /// <summary>Everything that can be told without running a plugin.</summary>
    public static IReadOnlyList<PluginLine> OnDisk(PluginRoots roots)
    {
        var disabled = Disabled(roots);
        var seen = new HashSet<string>(PluginFolder.NameComparer);
        return [.. PluginFolder.Find(roots).Select(folder => Look(folder, roots, disabled, seen)).OrderBy(l => l.Name, PluginFolder.NameComparer)];
    }

    static PluginLine Look(PluginFolder folder, PluginRoots roots, DisabledPlugins disabled, HashSet<string> seen)
    {
        var file = Assembly(folder);
        var line = new PluginLine(folder.Name, "", "ready", null);
        try
        {
            if (!folder.HasValidName || !File.Exists(file))
                throw PluginDeclarations.Refused($"The folder has no {folder.Name}.dll: the assembly must have the name of its folder.");
            PluginPermissions.Check(folder);
            line = line with { Version = ContractCheck.Read(file).Version };
            new PluginTrust(roots).Check(folder, file);
            if (disabled.Contains(folder.Name))
                return line with { State = "disabled", Reason = "Switched off." };
            return seen.Add(folder.Name) ? line : line with { State = "superseded", Reason = "Another folder of the same name is used instead." };
        }
        catch (PluginRefusedException refused)
        {
            return line with { State = JsonNamingPolicy.SnakeCaseLower.ConvertName(refused.State.ToString()), Reason = refused.Message };
        }
    }

    static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
