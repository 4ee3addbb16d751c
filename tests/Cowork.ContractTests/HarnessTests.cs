using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Cowork.Harness.Anton;
using Cowork.Harness.Echo;
using Cowork.Testing;
using Cowork.TestKit;

namespace Cowork.ContractTests;

/// <summary>All tests of this project: what runs beside a test for unloading holds on to what it waits for.</summary>
static class OneAfterTheOther
{
    public const string Name = "one after the other";
}

[Collection(OneAfterTheOther.Name)]
public sealed class EchoTests : HarnessConformance<EchoPlugin>;

[Collection(OneAfterTheOther.Name)]
public sealed class AntonWithOpenAiTests() : AntonTests("openai_compatible");

[Collection(OneAfterTheOther.Name)]
public sealed class AntonWithAnthropicTests() : AntonTests("anthropic");

/// <summary>Anton with a scripted model.</summary>
public abstract class AntonTests(string provider) : HarnessConformance<AntonPlugin>
{
    ScriptedModel? _model;

    protected override ModelChoice Model => new() { Provider = provider, Model = "scripted", BaseUrl = _model!.BaseUrl };

    protected override IReadOnlyList<string> Questions => ["hello", "think [[reason hm]] [[say done]]"];

    protected override string LongQuestion => "go on [[chunks 100000 6 1]]";

    protected override IReadOnlyList<string> FailingQuestions => [$"[[error 401 the key {Canary} is wrong]]", "[[error 400 {\"error\":{\"message\":\"no\"}}]]"];

    protected override async ValueTask BeginAsync() => _model = await ScriptedModel.StartAsync();

    protected override ValueTask EndAsync() => _model!.DisposeAsync();

    // Anton reads from here where memory and skills are that all projects share; without it, they would be the developer's own.
    [ModuleInitializer]
    internal static void UseFoldersOfTheTests()
    {
        var folder = Directory.CreateTempSubdirectory("cowork-contract-").FullName;
        Environment.SetEnvironmentVariable("ANTON_GLOBAL_MEMORY_ROOT_DIR", folder);
        Environment.SetEnvironmentVariable("ANTON_SKILLS_ROOT_DIR", Path.Combine(folder, "skills"));
    }
}
