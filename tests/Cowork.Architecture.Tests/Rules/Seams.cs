using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>Folders that are known by their interfaces alone, so that another implementation can take their place.</summary>
static class Seams
{
    /// <summary>Who knows of a folder more than its interfaces and what those speak of. Where the server is put together all of it may be known.</summary>
    /// <param name="code">The code.</param>
    /// <param name="folder">The namespace below the root, for example <c>Features.Turns.Log</c>.</param>
    public static IEnumerable<string> Bypasses(Code code, string folder)
    {
        var space = $"{code.Root}.{folder}";
        var open = code.TypesIn(space).Where(t => t.IsInterface).SelectMany(i => Spoken(i).Prepend(i)).ToHashSet();
        return from use in code.Uses
               where use.To.IsBelow(space) && !use.From.IsBelow(space) && use.From.SegmentAfter($"{code.Root}.Platform") != "Hosting"
               where code.Find(use.To) is { } type && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !open.Contains(type)
               select $"{use.From} uses {use.To}, which is behind the interfaces of {folder}.";
    }

    static IEnumerable<Type> Spoken(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)).SelectMany(Parts);

    static IEnumerable<Type> Parts(Type type) => type.GetGenericArguments().SelectMany(Parts).Append(type);
}
