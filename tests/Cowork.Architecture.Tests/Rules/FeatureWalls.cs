using System.ComponentModel.DataAnnotations.Schema;
using System.Reflection;
using System.Runtime.CompilerServices;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>What one feature may know of another, and the platform of all of them.</summary>
static class FeatureWalls
{
    /// <summary>Of another feature only its services, its rows and its values may be used; how it does its work is its own.</summary>
    /// <param name="code">The code.</param>
    /// <param name="open">Static classes that may be used, too, below the namespace of the features. Constants leave no trace in compiled code.</param>
    public static IEnumerable<string> BetweenFeatures(Code code, IEnumerable<string> open) =>
        from reach in Reaches(code)
        where !open.Contains(reach.To.Outermost[$"{code.Root}.Features.".Length..])
        select $"{reach.From} uses {reach.To}, which is no service, row or value of its feature.";

    /// <summary>What is listed as open and nobody else uses.</summary>
    public static IEnumerable<string> NeedlesslyOpen(Code code, IEnumerable<string> open) =>
        open.Except(Reaches(code).Select(r => r.To.Outermost[$"{code.Root}.Features.".Length..]));

    static IEnumerable<Use> Reaches(Code code) =>
        from use in code.Uses
        let user = use.From.SegmentAfter($"{code.Root}.Features")
        let used = use.To.SegmentAfter($"{code.Root}.Features")
        where user is not null && used is not null && user != used && !IsPublic(code.Find(use.To))
        select use;

    /// <summary>The platform carries the features and knows none, except where the server is put together and where rows become objects.</summary>
    public static IEnumerable<string> UnderFeatures(Code code) =>
        from use in code.Uses
        where use.From.IsBelow($"{code.Root}.Platform") && use.To.SegmentAfter($"{code.Root}.Features") is not null
        where use.From.SegmentAfter($"{code.Root}.Platform") is not ("Hosting" or "Cli")
        where !(use.From.Outermost == $"{code.Root}.Platform.Data.CoworkDb" && IsRow(code.Find(use.To)))
        select $"{use.From} uses {use.To}: the platform must not know features.";

    static bool IsPublic(Type? type) =>
        type is null || IsGenerated(type) || IsService(type) || IsRow(type) || IsValue(type) || type.IsInterface || (type.DeclaringType is { } outer && IsPublic(outer));

    static bool IsService(Type type) => type.IsDefined(typeof(FeatureServiceAttribute));

    static bool IsRow(Type? type) => type is not null && type.IsDefined(typeof(TableAttribute));

    /// <summary>Records, structs, enums and failures.</summary>
    static bool IsValue(Type type) => type.IsValueType || type.GetMethod("<Clone>$") is not null || type.IsSubclassOf(typeof(Exception));

    static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute));
}
