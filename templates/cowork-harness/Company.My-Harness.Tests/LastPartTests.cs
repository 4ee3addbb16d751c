using Cowork.Testing;

namespace Company.My_Harness.Tests;

// The contract tests. What the server would refuse or users would stumble over fails here.
public sealed class LastPartTests : HarnessConformance<LastPartPlugin>
{
    protected override IReadOnlyList<string> Questions => ["Hello, who are you?"];

    protected override IReadOnlyList<string> FailingQuestions => ["fail"];
}
