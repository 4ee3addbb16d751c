namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Decides from metadata whether an assembly can run in this server. Loading it to find out would end in a type-load
/// error, or worse: the loader would fall back to a private copy of a shared assembly whose types then match nothing.
/// </summary>
static class ContractCheck
{
    /// <summary>Reads the assembly of a plugin and refuses what cannot work.</summary>
    /// <param name="file">The assembly file.</param>
    /// <returns>What the assembly says about itself.</returns>
    /// <exception cref="PluginRefusedException">It cannot run here.</exception>
    public static PluginManifest Read(string file)
    {
        var name = Path.GetFileName(file);
        var manifest = PluginManifest.Read(file)
            ?? throw PluginDeclarations.Refused($"{name} is not a .NET assembly: the file may be damaged or still being copied.");
        if (Objection(manifest) is { } reason)
            throw new PluginRefusedException(PluginState.Incompatible, reason);
        if (manifest.AssemblyName + ".dll" != name)
            throw PluginDeclarations.Refused($"{name} holds an assembly named {manifest.AssemblyName}: folder, file and assembly must have the same name.");
        return manifest;
    }

    static string? Objection(PluginManifest plugin)
    {
        var contract = SharedAssemblies.Contract.Name!;
        var has = SharedAssemblies.ContractVersion;
        if (plugin.References.FirstOrDefault(r => r.Name == contract) is not (not null, var frozen))
            return $"{plugin.AssemblyName}.dll is not a Cowork plugin: it does not reference {contract}.";

        // A build without the stamp says its major only.
        var needs = plugin.ContractVersion is { } stamped && stamped.Major == frozen.Major ? stamped : frozen;
        if (needs.Major > has.Major || (needs.Major == has.Major && needs.Minor > has.Minor))
            return Newer(contract, needs, has);
        if (needs.Major < has.Major)
            return $"{plugin.AssemblyName} was built for {contract} {needs.ToString(2)}, this server has {has.ToString(2)}: install a newer build of the plugin.";

        foreach (var (name, version) in plugin.References)
        {
            if (SharedAssemblies.FrameworkVersion(name) is { } framework && version > framework)
                return Newer(name, version, framework);
        }

        return null;

        string Newer(string what, Version wanted, Version present) =>
            $"{plugin.AssemblyName} needs {what} {wanted.ToString(2)}, this server has {present.ToString(2)}: update the server.";
    }
}
