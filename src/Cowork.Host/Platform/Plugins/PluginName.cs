using System.Buffers;

namespace Cowork.Host.Platform.Plugins;

/// <summary>What a plugin may be called: the name is a folder, an assembly and a part of addresses.</summary>
static class PluginName
{
    public const string Rule = "use letters (a to z), digits, '.', '-' and '_', a letter first";

    const int MaxLength = 128;

    static readonly SearchValues<char> Characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && char.IsAsciiLetter(name[0]) && !name.AsSpan().ContainsAnyExcept(Characters)
        && !name.Contains("..", StringComparison.Ordinal);
}
