using System.Reflection;
using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>What host and plugins have in common: the contract and the shared framework. Everything else a plugin brings itself.</summary>
static class SharedAssemblies
{
    /// <summary>Parts of the framework that are not referenced directly, so the list does not name them.</summary>
    const string Inner = "System.Private.";

    static readonly Dictionary<string, Version> Versions = Read();

    public static AssemblyName Contract { get; } = typeof(ICoworkPlugin).Assembly.GetName();

    /// <summary>The version of the contract with its minor part, which the assembly version does not have.</summary>
    public static Version ContractVersion { get; } = Version.Parse(
        typeof(ICoworkPlugin).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == PluginManifest.ContractVersionKey).Value!);

    /// <summary>Whether plugins get this assembly from the server even if they bring a copy.</summary>
    public static bool Contains(string name) => Versions.ContainsKey(name) || name == Contract.Name || name.StartsWith(Inner, StringComparison.Ordinal);

    /// <summary>The version of a framework assembly that this server has; <c>null</c> for anything else.</summary>
    public static Version? FrameworkVersion(string name) => Versions.GetValueOrDefault(name);

    static Dictionary<string, Version> Read()
    {
        using var lines = new StreamReader(typeof(SharedAssemblies).Assembly.GetManifestResourceStream("SharedAssemblies.txt")!);
        var versions = new Dictionary<string, Version>(400);
        while (lines.ReadLine() is { } line)
        {
            if (line.Split(' ') is [var name, var version])
                versions[name] = Version.Parse(version);
        }

        return versions;
    }
}
