using System.Security.Cryptography;
using System.Text;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Which pad: a name means something else in every conversation.</summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="Name">A name that is safe as that of a folder, on every system.</param>
sealed record PadKey(Guid Conversation, string Name)
{
    const int Longest = 40;
    static readonly HashSet<string> Reserved = ["con", "prn", "aux", "nul"];

    /// <param name="conversation">The conversation.</param>
    /// <param name="name">From a model: anything.</param>
    public static PadKey From(Guid conversation, string? name)
    {
        var wanted = string.IsNullOrWhiteSpace(name) ? "main" : name.Trim();
        var safe = new string([.. wanted.Take(Longest).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? char.ToLowerInvariant(c) : '_')]);
        var isDevice = Reserved.Contains(safe) || (safe.Length == 4 && (safe.StartsWith("com", StringComparison.Ordinal) || safe.StartsWith("lpt", StringComparison.Ordinal)));
        // Names that differ must not share a folder.
        return new(conversation, safe == wanted && !isDevice ? safe : $"{safe}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))[..8]}");
    }
}
