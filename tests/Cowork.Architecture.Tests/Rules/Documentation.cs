using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>The XML documentation of an assembly, compared with what the assembly shows to others.</summary>
sealed class Documentation(Assembly assembly)
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    readonly Dictionary<string, XElement> _members = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
        .GroupBy(m => m.Attribute("name")!.Value.Split('(')[0].Split('`')[0]).ToDictionary(g => g.Key, g => g.First());

    /// <summary>Visible types and members that say nothing about themselves.</summary>
    public IEnumerable<string> Missing(string space) =>
        from type in assembly.GetExportedTypes()
        where type.Namespace == space
        from name in new[] { Name('T', type) }.Concat(type.GetMembers(Declared).Where(m => IsVisible(m) && !IsGenerated(type, m)).Select(m => Name(type, m)))
        where !IsDocumented(name)
        select $"{name} is not documented.";

    bool IsDocumented(string name) =>
        _members.TryGetValue(name, out var member)
        && (member.Element("inheritdoc") is not null || !string.IsNullOrWhiteSpace(member.Element("summary")?.Value));

    /// <summary>What the compiler made from a declaration that is documented as a whole: accessors, the members of records, primary constructors.</summary>
    bool IsGenerated(Type type, MemberInfo member) =>
        member is Type
        || member.IsDefined(typeof(CompilerGeneratedAttribute))
        || member is MethodInfo { IsSpecialName: true } or FieldInfo { IsSpecialName: true }
        || (member is ConstructorInfo constructor && constructor.GetParameters().All(p => IsParameter(type, p.Name!) || type.GetMethod("<Clone>$") is not null))
        || (member is PropertyInfo && IsParameter(type, member.Name))
        || (type.GetMethod("<Clone>$") is not null && member is PropertyInfo && type.GetConstructors(Declared).Any(c => c.GetParameters().Any(p => p.Name == member.Name)));

    bool IsParameter(Type type, string name) =>
        _members.TryGetValue(Name('T', type), out var member) && member.Elements("param").Any(p => p.Attribute("name")?.Value == name);

    static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        EventInfo { AddMethod: { } add } => IsVisible(add),
        _ => true,
    };

    static string Name(Type type, MemberInfo member) =>
        Name(member switch { MethodBase => 'M', FieldInfo => 'F', PropertyInfo => 'P', _ => 'E' }, type) + $".{member.Name.Replace('.', '#')}";

    static string Name(char kind, Type type) => $"{kind}:{type.FullName!.Replace('+', '.').Split('`')[0]}";
}
