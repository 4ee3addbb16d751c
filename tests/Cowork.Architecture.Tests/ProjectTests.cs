using System.Reflection;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Architecture.Tests.Rules;

namespace Cowork.Architecture.Tests;

public sealed class ProjectTests
{
    const string Contract = "Cowork.Abstractions";
    static readonly string HostDirectory = SourceFile.Metadata("HostDirectory");
    static readonly string ContractFile = typeof(ICoworkPlugin).Assembly.Location;

    [Fact]
    public void The_host_knows_the_contract_and_no_plugin()
    {
        Expect.Nothing(Parse("src/Cowork.Host/Cowork.Host.csproj").ProjectsOtherThan(Contract));
        Expect.Nothing(References.ToUsBesidesTheContract(Path.Combine(HostDirectory, "cowork-server.dll")));
    }

    [Fact]
    public void A_plugin_knows_the_contract_and_nothing_else_of_ours()
    {
        var projects = SourceFile.Projects.Where(p => p.IsIn("plugins", "modules", "samples")).Append(SourceFile.Read("eng/Plugin.props")).Select(Project.Parse).ToList();
        Assert.NotEmpty(projects);
        Expect.Nothing(projects.SelectMany(p => p.ProjectsOtherThan(Contract)));
        Assert.Contains(Contract, Parse("eng/Plugin.props").Projects);
    }

    [Fact]
    public void A_built_plugin_refers_to_the_contract_and_nothing_else_of_ours()
    {
        var plugins = Directory.EnumerateDirectories(Path.Combine(HostDirectory, "plugins")).Select(d => Path.Combine(d, $"{Path.GetFileName(d)}.dll")).ToList();
        Assert.NotEmpty(plugins);
        Expect.Nothing(plugins.SelectMany(References.ToUsBesidesTheContract));
        Assert.All(plugins, p => Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(p)!, $"{Contract}.dll")), $"{p} brings a contract of its own."));
    }

    [Fact]
    public void The_contract_needs_the_shared_framework_only()
    {
        var project = Parse("src/Cowork.Abstractions/Cowork.Abstractions.csproj");
        Expect.Nothing(project.Projects);
        Expect.Nothing(project.Packages);
        Expect.Nothing(Parse("Directory.Build.props").Packages);
        Expect.Nothing(References.BeyondTheFramework(ContractFile));
    }

    [Fact]
    public void Everything_in_the_contract_is_documented() =>
        Expect.Nothing(new Documentation(typeof(ICoworkPlugin).Assembly).Missing(Contract));

    [Fact]
    public void A_reference_to_a_plugin_is_found()
    {
        var host = new SourceFile("src/Cowork.Host/Cowork.Host.csproj", """<Project><ItemGroup><ProjectReference Include="..\..\plugins\Cowork.Harness.Anton\Cowork.Harness.Anton.csproj" /></ItemGroup></Project>""");
        Assert.Equal(["src/Cowork.Host/Cowork.Host.csproj references Cowork.Harness.Anton."], Project.Parse(host).ProjectsOtherThan(Contract));
        // This assembly refers to the host, as a plugin must not.
        Assert.Contains("Cowork.Architecture.Tests.dll refers to cowork-server.", References.ToUsBesidesTheContract(Assembly.GetExecutingAssembly().Location));
    }

    [Fact]
    public void A_package_in_the_contract_is_found()
    {
        var contract = new SourceFile("x.csproj", """<Project><ItemGroup><PackageReference Include="A" PrivateAssets="all" /><PackageReference Include="B" /></ItemGroup></Project>""");
        Assert.Equal(["B"], Project.Parse(contract).Packages);
        Assert.Contains("Cowork.Architecture.Tests.dll refers to ArchUnitNET.", References.BeyondTheFramework(Assembly.GetExecutingAssembly().Location));
    }

    [Fact]
    public void A_member_without_documentation_is_found() =>
        Assert.Equal(
            ["M:Cowork.Architecture.Tests.Assets.Documented.HalfDocumented.Silent is not documented.", "P:Cowork.Architecture.Tests.Assets.Documented.HalfDocumented.Empty is not documented."],
            new Documentation(Assembly.GetExecutingAssembly()).Missing("Cowork.Architecture.Tests.Assets.Documented").Order(StringComparer.Ordinal));

    // An end of a thread can break a plugin, see docs/decisions/0019-threads-are-kept.md; a test cannot wait for that without sleeping.
    [Fact]
    public void Threads_are_kept_where_plugins_are_unloaded()
    {
        var settings = JsonNode.Parse(File.ReadAllText(Path.Combine(HostDirectory, "cowork-server.runtimeconfig.json")))!["runtimeOptions"]!["configProperties"]!;
        Assert.Equal(-1, (int?)settings["System.Threading.ThreadPool.ThreadsToKeepAlive"]);
        Assert.Equal("-1", AppContext.GetData("System.Threading.ThreadPool.ThreadsToKeepAlive"));
    }

    static Project Parse(string path) => Project.Parse(SourceFile.Read(path));
}
