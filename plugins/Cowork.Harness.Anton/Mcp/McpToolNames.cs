using System.Globalization;
using System.Text;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>Names for the tools of one turn. Providers allow letters, digits, <c>_</c> and <c>-</c>, and 64 of them; two that look the same then are told apart by a number.</summary>
sealed class McpToolNames
{
    const int Longest = 64;
    readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <param name="server">The server's name in the file.</param>
    /// <param name="tool">The server's name for the tool; <c>null</c> for the server itself.</param>
    public string Next(string server, string? tool)
    {
        var name = new StringBuilder("mcp__").Append(server);
        if (tool is not null)
            name.Append("__").Append(tool);
        for (var i = 0; i < name.Length; i++)
            if (!char.IsAsciiLetterOrDigit(name[i]) && name[i] is not ('_' or '-'))
                name[i] = '_';
        var plain = name.ToString(0, Math.Min(name.Length, Longest));
        var unique = plain;
        for (var number = 2; !_taken.Add(unique); number++)
        {
            var ending = string.Create(CultureInfo.InvariantCulture, $"_{number}");
            unique = plain[..Math.Min(plain.Length, Longest - ending.Length)] + ending;
        }

        return unique;
    }
}
