using System.Reflection;

namespace Cowork.Host.Tests;

/// <summary>Where the build put the server and its plugins.</summary>
static class BuiltHost
{
    public static string Directory { get; } = Metadata("HostDirectory");

    /// <summary>The agent that does what the message says.</summary>
    public static string ScriptPlugin { get; } = Metadata("ScriptPluginDirectory");

    static string Metadata(string key) => typeof(BuiltHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
