using System.Reflection;
using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>What host and plugins have in common: the contract and the shared framework. Everything else a plugin brings itself.</summary>
static class SharedAssemblies
{
    /// <summary>Parts of the framework that no reference list names but its other parts need.</summary>
    static readonly string[] Unlisted =
    [
        "System.Private.CoreLib", "System.Private.Uri", "System.Private.Xml", "System.Private.Xml.Linq", "System.Private.DataContractSerialization",
    ];

    static readonly Dictionary<string, Version> Versions = Read();

    public static AssemblyName Contract { get; } = typeof(ICoworkPlugin).Assembly.GetName();

    /// <summary>The version of the contract with its minor part, which the assembly version does not have.</summary>
    public static Version ContractVersion { get; } = Version.Parse(
        typeof(ICoworkPlugin).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == PluginManifest.ContractVersionKey).Value!);

    public static IEnumerable<string> Names => Versions.Keys.Concat(Unlisted).Append(Contract.Name!);

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
