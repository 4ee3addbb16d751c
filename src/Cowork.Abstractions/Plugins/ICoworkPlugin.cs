namespace Cowork.Abstractions;

/// <summary>
/// The entry of a plugin. A plugin assembly exports exactly one public, non-abstract class with a parameterless
/// constructor that implements it.
/// </summary>
/// <remarks>
/// The host creates the instance once per load (a <em>generation</em>) and calls <see cref="Configure"/> once, on a
/// thread of its own choice, before anything of the plugin is used. An exception here leaves the plugin in the state
/// <c>Failed</c> with its message in the log; nothing else is harmed.
/// </remarks>
public interface ICoworkPlugin
{
    /// <summary>
    /// The plugin's name: the name of its folder and of its assembly, for example <c>Cowork.Harness.Echo</c>, so there is
    /// nothing to implement. Its endpoints live under <c>/api/v1/ext/{name}/</c>.
    /// </summary>
    string Name => GetType().Assembly.GetName().Name!;

    /// <summary>Declares everything that the plugin contributes. Must not start work, open files or use the network.</summary>
    /// <param name="plugin">The builder; valid only during the call.</param>
    void Configure(IPluginBuilder plugin);
}
