namespace Cowork.Host.Platform.Plugins;

/// <summary>What only one plugin in service can offer.</summary>
static class PluginConflicts
{
    /// <summary>Finds what a plugin and another one both claim.</summary>
    /// <returns>A sentence about it, or <c>null</c>.</returns>
    public static string? Find(PluginGeneration plugin, IEnumerable<PluginGeneration> inService)
    {
        foreach (var other in inService.Where(o => !PluginFolder.NameComparer.Equals(o.Name, plugin.Name)))
        {
            if (plugin.Contributions.Where(c => c.Kind.IsExclusive).IntersectBy(other.Contributions.Select(Key), Key).FirstOrDefault() is { } taken)
                return $"The {taken.Kind.Name} '{taken.Id}' is already offered by {other.Name}: disable or remove one of the two.";
        }

        return null;
    }

    static (ContributionKind, string) Key(Contribution contribution) => (contribution.Kind, contribution.Id);
}
