namespace Cowork.Architecture.Tests.Rules;

/// <summary>Things that one class alone may touch, so that there is one place to change.</summary>
static class Owners
{
    /// <summary>Who uses something of a namespace or type without being its owner.</summary>
    /// <param name="code">The code.</param>
    /// <param name="thing">How the full names of what is owned begin.</param>
    /// <param name="owner">The only type that may use it, below the root; null for nobody.</param>
    public static IEnumerable<string> Trespassers(Code code, string thing, string? owner) =>
        from use in code.Uses
        where use.To.FullName.StartsWith(thing, StringComparison.Ordinal) && use.From.Outermost != $"{code.Root}.{owner}"
        select $"{use.From} uses {use.To}; only {owner ?? "nobody"} may.";

    /// <summary>SQLite has no asynchronous I/O: these methods block like the others, and cost a state machine to say otherwise.</summary>
    public static IEnumerable<string> PretendedAsync(Code code) =>
        from call in code.Calls
        where call.To.IsBelow("Microsoft.EntityFrameworkCore") || call.To.IsBelow("Microsoft.Data.Sqlite") || call.To.IsBelow("System.Data")
        where call.Method.EndsWith("Async", StringComparison.Ordinal) && call.Method != "DisposeAsync"
        select $"{call.From} calls {call.To}.{call.Method}; call the synchronous method, on the database's writer or for a short read.";
}
