using System.Xml.Linq;

namespace Cowork.Architecture.Tests.Rules;

/// <summary>What a project file asks for.</summary>
/// <param name="Path">Relative to the repository.</param>
/// <param name="Projects">Names of the projects that it references.</param>
/// <param name="Packages">Names of the packages that its users get too.</param>
sealed record Project(string Path, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages)
{
    public static Project Parse(SourceFile file)
    {
        var xml = XDocument.Parse(file.Text);
        return new(
            file.Path,
            [.. xml.Descendants("ProjectReference").Select(r => System.IO.Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))],
            [.. xml.Descendants("PackageReference").Where(r => r.Attribute("PrivateAssets")?.Value != "all").Select(r => r.Attribute("Include")!.Value)]);
    }

    public IEnumerable<string> ProjectsOtherThan(params IReadOnlyList<string> allowed) =>
        from name in Projects.Except(allowed) select $"{Path} references {name}.";
}
