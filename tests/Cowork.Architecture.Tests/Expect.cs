namespace Cowork.Architecture.Tests;

static class Expect
{
    /// <summary>Fails with everything that a rule found.</summary>
    public static void Nothing(IEnumerable<string> found)
    {
        var all = found.Distinct().ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
