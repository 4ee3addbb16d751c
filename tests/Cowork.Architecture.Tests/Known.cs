namespace Cowork.Architecture.Tests;

/// <summary>Exceptions to the rules, each with its reason.</summary>
static class Known
{
    /// <summary>Files of more than 300 lines: path to reason.</summary>
    public static readonly IReadOnlyDictionary<string, string> LongFiles = new Dictionary<string, string>();
}
