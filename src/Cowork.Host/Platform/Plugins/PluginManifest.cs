using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Cowork.Host.Platform.Plugins;

/// <summary>What an assembly says about itself, read without loading it.</summary>
/// <param name="AssemblyName">Its simple name.</param>
/// <param name="Version">Its informational version, without build metadata.</param>
/// <param name="ContractVersion">The contract that it was built against, where the build stamped it.</param>
/// <param name="References">The assemblies that it references.</param>
sealed record PluginManifest(string AssemblyName, string Version, Version? ContractVersion, IReadOnlyList<(string Name, Version Version)> References)
{
    /// <summary>Stamped into every plugin by the package's build file, because the assembly version is frozen to the major.</summary>
    public const string ContractVersionKey = "Cowork.ContractVersion";

    /// <summary>Whether it can be a plugin, or a library that was made for plugins.</summary>
    public bool ReferencesContract => References.Any(r => r.Name == SharedAssemblies.Contract.Name);

    /// <summary>Reads an assembly file.</summary>
    /// <param name="file">The file.</param>
    /// <returns>What it says, or <c>null</c> when it is not a whole .NET assembly.</returns>
    public static PluginManifest? Read(string file)
    {
        try
        {
            using var pe = new PEReader(File.OpenRead(file), PEStreamOptions.Default);
            return pe.HasMetadata && pe.GetMetadataReader() is { IsAssembly: true } metadata ? From(metadata) : null;
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    static PluginManifest From(MetadataReader metadata)
    {
        var assembly = metadata.GetAssemblyDefinition();
        var version = assembly.Version.ToString(3);
        Version? contract = null;
        foreach (var handle in assembly.GetCustomAttributes())
        {
            var attribute = metadata.GetCustomAttribute(handle);
            switch (AttributeName(metadata, attribute))
            {
                case "AssemblyInformationalVersionAttribute" when Texts(metadata, attribute, 1) is [{ Length: > 0 } text]:
                    version = text.Split('+')[0];
                    break;
                case "AssemblyMetadataAttribute" when Texts(metadata, attribute, 2) is [ContractVersionKey, { } value]:
                    contract = System.Version.TryParse(value, out var parsed) ? parsed : null;
                    break;
            }
        }

        var references = metadata.AssemblyReferences.Select(metadata.GetAssemblyReference).Select(r => (metadata.GetString(r.Name), r.Version));
        return new(metadata.GetString(assembly.Name), version, contract, [.. references]);
    }

    static string? AttributeName(MetadataReader metadata, CustomAttribute attribute) =>
        attribute.Constructor.Kind == HandleKind.MemberReference
        && metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } type
            ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name)
            : null;

    static string?[] Texts(MetadataReader metadata, CustomAttribute attribute, int count)
    {
        var blob = metadata.GetBlobReader(attribute.Value);
        const ushort prolog = 1;
        if (blob.ReadUInt16() != prolog)
            return [];
        var texts = new string?[count];
        for (var i = 0; i < count; i++)
            texts[i] = blob.ReadSerializedString();
        return texts;
    }
}
