namespace Cowork.Harness.Anton.Turn;

/// <summary>Notices that a tool fails again and again, and says what helps then.</summary>
sealed class ErrorStreaks
{
    const int First = 2;
    const int TooMany = 5;
    readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);

    /// <summary>Whether any tool failed in the last round of calls.</summary>
    public bool LastRoundFailed { get; private set; }

    /// <summary>The tool that worked in the end after it had failed again and again; <c>null</c> for none.</summary>
    public string? Overcome { get; private set; }

    public void BeginRound() => LastRoundFailed = false;

    /// <summary>Counts an outcome.</summary>
    /// <returns>Advice to put under the result, or <c>null</c>.</returns>
    public string? After(string tool, bool isError)
    {
        if (!isError)
        {
            if (_failures.Remove(tool, out var failures) && failures >= First)
                Overcome = tool;
            return null;
        }

        LastRoundFailed = true;
        var count = _failures[tool] = _failures.GetValueOrDefault(tool) + 1;
        return count switch
        {
            First => $"({tool} has failed twice in a row. Try something different: another way, another source, a smaller step. Ask the user only if nothing else is left.)",
            >= TooMany => $"({tool} has failed {count} times in a row. Stop trying it. Change the plan, or tell the user what stands in the way.)",
            _ => null,
        };
    }
}
