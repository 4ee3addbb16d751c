using System.Reflection;

namespace Cowork.Host.Tests;

/// <summary>Where the build put the server and its plugins.</summary>
static class BuiltHost
{
    public static string Directory { get; } = typeof(BuiltHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "HostDirectory").Value!;
}
