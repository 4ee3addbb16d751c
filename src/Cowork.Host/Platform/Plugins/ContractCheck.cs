namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Decides from metadata whether a plugin can run in this server. Loading it to find out would end in a type-load error, in
/// the middle of a request even, or worse: the loader would fall back to a private copy of a shared assembly whose types
/// then match nothing, or to a library of the server's own.
/// </summary>
static class ContractCheck
{
    /// <summary>Reads the assembly of a plugin and the libraries beside it, and refuses what cannot work.</summary>
    /// <param name="file">The assembly file.</param>
    /// <returns>What the assembly says about itself.</returns>
    /// <exception cref="PluginRefusedException">It cannot run here.</exception>
    public static PluginManifest Read(string file)
    {
        var name = Path.GetFileName(file);
        var manifest = PluginManifest.Read(file)
            ?? throw PluginDeclarations.Refused($"{name} is not a .NET assembly: the file may be damaged or still being copied.");
        if (!manifest.ReferencesContract)
            throw Incompatible($"{name} is not a Cowork plugin: it does not reference {SharedAssemblies.Contract.Name}.");
        if (WrongVersion(manifest) is { } reason)
            throw Incompatible(reason);
        if (manifest.AssemblyName + ".dll" != name)
            throw PluginDeclarations.Refused($"{name} holds an assembly named {manifest.AssemblyName}: folder, file and assembly must have the same name.");
        var libraries = PluginLibraries.Beside(file);
        if (libraries.Manifests.Select(WrongVersion).FirstOrDefault(r => r is not null) is { } wrong)
            throw Incompatible(wrong);
        if (libraries.Missing(manifest) is { } missing)
            throw PluginDeclarations.Refused(missing);
        return manifest;
    }

    static string? WrongVersion(PluginManifest assembly)
    {
        foreach (var (name, version) in assembly.References)
        {
            if (name == SharedAssemblies.Contract.Name)
            {
                if (WrongContract(assembly, version) is { } reason)
                    return reason;
            }
            else if (SharedAssemblies.FrameworkVersion(name) is { } framework && version > framework)
            {
                return Newer(assembly, name, version, framework);
            }
        }

        return null;
    }

    static string? WrongContract(PluginManifest assembly, Version frozen)
    {
        var contract = SharedAssemblies.Contract.Name!;
        var has = SharedAssemblies.ContractVersion;

        // A build without the stamp says its major only.
        var needs = assembly.ContractVersion is { } stamped && stamped.Major == frozen.Major ? stamped : frozen;
        if (needs.Major > has.Major || (needs.Major == has.Major && needs.Minor > has.Minor))
            return Newer(assembly, contract, needs, has);
        return needs.Major < has.Major
            ? $"{assembly.AssemblyName} was built for {contract} {needs.ToString(2)}, this server has {has.ToString(2)}: install a newer build of the plugin."
            : null;
    }

    static string Newer(PluginManifest assembly, string what, Version wanted, Version present) =>
        $"{assembly.AssemblyName} needs {what} {wanted.ToString(2)}, this server has {present.ToString(2)}: update the server.";

    static PluginRefusedException Incompatible(string reason) => new(PluginState.Incompatible, reason);
}
