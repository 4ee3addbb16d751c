namespace Cowork.Abstractions;

/// <summary>Facts about one loaded plugin. Immutable; lives as long as the generation.</summary>
/// <param name="Name">The plugin's name.</param>
/// <param name="Version">The informational version of its assembly.</param>
/// <param name="Directory">
/// Absolute path of the folder that holds this generation's files: a private copy of what was dropped, so it does not
/// change when a new build is copied in. Read-only by convention.
/// </param>
/// <param name="DataDirectory">Absolute path of a folder in which the plugin may keep files; survives updates. Created before the first use.</param>
public sealed record PluginContext(string Name, string Version, string Directory, string DataDirectory);
