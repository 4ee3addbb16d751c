using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;
using Type = System.Type;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>The compiled code of one assembly, below one namespace: what uses what. Lambdas and state machines count as the class that they are written in.</summary>
sealed class Code
{
    readonly Assembly _assembly;
    readonly ArchUnitNET.Domain.Architecture _architecture;

    public Code(Assembly assembly, string root)
    {
        _assembly = assembly;
        _architecture = new ArchLoader().LoadAssemblies(assembly).Build();
        Root = root;
    }

    /// <summary>The namespace that plays the host's part, for example <c>Cowork.Host</c>.</summary>
    public string Root { get; }

    /// <summary>Everything that the code below the root uses, each pair once.</summary>
    public IEnumerable<Use> Uses => Dependencies.Select(d => new Use(Named(d.Origin), Named(d.Target))).Distinct();

    /// <summary>Every method that the code below the root calls.</summary>
    public IEnumerable<Call> Calls =>
        Dependencies.OfType<MethodCallDependency>().Select(d => new Call(Named(d.Origin), Named(d.Target), d.TargetMember.Name.Split('(')[0])).Distinct();

    /// <summary>A type of this assembly by its name, or null.</summary>
    public Type? Find(TypeName name) => _assembly.GetType(name.FullName);

    /// <summary>The types of a namespace.</summary>
    public IEnumerable<Type> TypesIn(string space) => _assembly.GetTypes().Where(t => t.Namespace == space);

    IEnumerable<ITypeDependency> Dependencies =>
        _architecture.Types.Where(t => Named(t).IsBelow(Root)).SelectMany(t => t.Dependencies);

    static TypeName Named(IType type) => new(type.FullName);
}

/// <summary>One type uses another.</summary>
sealed record Use(TypeName From, TypeName To);

/// <summary>One type calls a method of another.</summary>
sealed record Call(TypeName From, TypeName To, string Method);

/// <summary>The full name of a type; nested ones as <c>Outer+Inner</c>.</summary>
sealed record TypeName(string FullName)
{
    /// <summary>The type at the top, without the names of what is nested in it.</summary>
    public string Outermost => FullName.Split('+')[0];

    public bool IsBelow(string space) => FullName.StartsWith($"{space}.", StringComparison.Ordinal);

    /// <summary>The part after a namespace, up to the next dot; null when the type lies elsewhere.</summary>
    public string? SegmentAfter(string space) => IsBelow(space) && FullName[(space.Length + 1)..].Split('.') is [var segment, _, ..] ? segment : null;

    public override string ToString() => FullName;
}
