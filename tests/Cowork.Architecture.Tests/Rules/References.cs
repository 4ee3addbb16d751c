using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>What a compiled assembly refers to.</summary>
static class References
{
    static readonly IReadOnlySet<string> Framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(p => p.Contains("Microsoft.NETCore.App", StringComparison.Ordinal) || p.Contains("Microsoft.AspNetCore.App", StringComparison.Ordinal))
        .Select(p => Path.GetFileNameWithoutExtension(p)).ToHashSet();

    public static IReadOnlyList<string> Of(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
    }

    /// <summary>References to our own assemblies other than the contract.</summary>
    public static IEnumerable<string> ToUsBesidesTheContract(string file) =>
        from name in Of(file)
        where name.StartsWith("Cowork.", StringComparison.OrdinalIgnoreCase) || name == "cowork-server"
        where name != "Cowork.Abstractions"
        select $"{Path.GetFileName(file)} refers to {name}.";

    /// <summary>References to anything but the shared framework.</summary>
    public static IEnumerable<string> BeyondTheFramework(string file) =>
        from name in Of(file) where !Framework.Contains(name) select $"{Path.GetFileName(file)} refers to {name}.";
}
