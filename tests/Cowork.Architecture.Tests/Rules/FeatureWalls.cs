using System.Reflection;
using System.Runtime.CompilerServices;
using Cowork.Host.Platform.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>What one feature may know of another, and the platform of all of them.</summary>
static class FeatureWalls
{
    /// <summary>Of another feature only its services, what these hand out, its rows and its values may be used; how it does its work is its own.</summary>
    public static IEnumerable<string> BetweenFeatures(Code code) =>
        from use in code.Uses
        let user = use.From.SegmentAfter($"{code.Root}.Features")
        let used = use.To.SegmentAfter($"{code.Root}.Features")
        where user is not null && used is not null && user != used && !IsPublic(code.Find(use.To))
        select $"{use.From} uses {use.To}, which is no service, row or value of {used}.";

    /// <summary>The platform carries the features and knows none, except where the server is put together and where rows become objects.</summary>
    public static IEnumerable<string> UnderFeatures(Code code) =>
        from use in code.Uses
        where use.From.IsBelow($"{code.Root}.Platform") && use.To.SegmentAfter($"{code.Root}.Features") is not null
        where use.From.SegmentAfter($"{code.Root}.Platform") is not ("Hosting" or "Cli")
        where !(use.From.Outermost == $"{code.Root}.Platform.Data.CoworkDb" && IsRow(code.Find(use.To)))
        select $"{use.From} uses {use.To}: the platform must not know features.";

    static bool IsPublic(Type? type) =>
        type is null || IsGenerated(type) || IsService(type) || IsRow(type) || IsValue(type) || IsHandedOut(type) || type.IsInterface || (type.DeclaringType is { } outer && IsPublic(outer));

    static bool IsService(Type type) => type.IsDefined(typeof(FeatureServiceAttribute));

    /// <summary>Whether a service of the same feature returns it, alone or inside a task or list.</summary>
    static bool IsHandedOut(Type type) =>
        type.Assembly.GetTypes()
            .Where(t => t.Namespace == type.Namespace && IsService(t))
            .SelectMany(t => t.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public))
            .Any(m => Parts(m.ReturnType).Contains(type));

    static IEnumerable<Type> Parts(Type type) => type.GetGenericArguments().SelectMany(Parts).Append(type);

    static bool IsRow(Type? type) =>
        type is not null && type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEntityTypeConfiguration<>));

    /// <summary>Records, structs, enums, failures, and static classes of names and pure rules.</summary>
    static bool IsValue(Type type) =>
        type.IsValueType || type.GetMethod("<Clone>$") is not null || type.IsSubclassOf(typeof(Exception)) || (type.IsAbstract && type.IsSealed);

    static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute));
}
