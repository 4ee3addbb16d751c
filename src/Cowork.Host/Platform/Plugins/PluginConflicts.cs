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
            if (plugin.Harnesses.Select(h => h.Id).Intersect(other.Harnesses.Select(h => h.Id)).FirstOrDefault() is { } id)
                return $"The harness '{id}' is already offered by {other.Name}: disable or remove one of the two.";
            if (plugin.Settings.Select(s => s.Key).Intersect(other.Settings.Select(s => s.Key)).FirstOrDefault() is { } key)
                return $"The setting '{key}' is already declared by {other.Name}: disable or remove one of the two.";
        }

        return null;
    }
}
