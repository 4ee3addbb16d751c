using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Platform.Hosting;

/// <summary>
/// Finds the classes that Scrutor shall look at, in the metadata of an assembly. Asking the assembly for its types would load all
/// 1,800 of the server's, with what they derive from: 10 MiB, and a tenth of the time of a start.
/// </summary>
static class FeatureTypes
{
    static readonly HashSet<string> Names = [nameof(FeatureServiceAttribute), nameof(IEndpoints), nameof(IRecurringWork), nameof(BackgroundService)];

    /// <summary>The top-level classes that name one of the signs of a feature: as an attribute, an interface or the class that they derive from.</summary>
    /// <param name="assembly">The assembly.</param>
    public static unsafe IReadOnlyList<Type> Of(Assembly assembly)
    {
        if (!assembly.TryGetRawMetadata(out var start, out var length))
            throw new InvalidOperationException($"{assembly.GetName().Name} has no metadata.");
        var metadata = new MetadataReader(start, length);
        return [.. metadata.TypeDefinitions.Where(handle => IsSigned(metadata, metadata.GetTypeDefinition(handle))).Select(handle => assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(handle)))];
    }

    static bool IsSigned(MetadataReader metadata, TypeDefinition type) =>
        !type.IsNested
        && !type.Attributes.HasFlag(TypeAttributes.Interface)
        && (IsSign(metadata, type.BaseType)
            || type.GetInterfaceImplementations().Any(i => IsSign(metadata, metadata.GetInterfaceImplementation(i).Interface))
            || type.GetCustomAttributes().Any(a => IsSign(metadata, Owner(metadata, metadata.GetCustomAttribute(a).Constructor))));

    static EntityHandle Owner(MetadataReader metadata, EntityHandle constructor) => constructor.Kind == HandleKind.MethodDefinition
        ? metadata.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType()
        : metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent;

    static bool IsSign(MetadataReader metadata, EntityHandle type) => type.Kind switch
    {
        _ when type.IsNil => false,
        HandleKind.TypeDefinition => Names.Contains(metadata.GetString(metadata.GetTypeDefinition((TypeDefinitionHandle)type).Name)),
        HandleKind.TypeReference => Names.Contains(metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name)),
        _ => false,
    };
}
