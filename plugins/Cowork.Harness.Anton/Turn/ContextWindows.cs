namespace Cowork.Harness.Anton.Turn;

/// <summary>How much a model can read, in tokens.</summary>
static class ContextWindows
{
    const int Unknown = 128_000;

    static readonly (string Prefix, int Tokens)[] Known =
    [
        ("claude", 200_000), ("latest:", 200_000), ("gpt-5", 400_000), ("gpt-4.1", 1_000_000), ("gpt-4", 128_000), ("o1", 200_000), ("o3", 200_000), ("o4", 200_000),
        ("gemini", 1_000_000),
    ];

    /// <param name="model">The model's name, with or without the publisher that gateways put in front.</param>
    /// <param name="setting">What the user says; wins when positive.</param>
    public static int Of(string model, int setting)
    {
        if (setting > 0)
            return setting;
        var name = model[(model.LastIndexOf('/') + 1)..];
        return Known.FirstOrDefault(known => name.StartsWith(known.Prefix, StringComparison.OrdinalIgnoreCase)) is { Tokens: > 0 } found ? found.Tokens : Unknown;
    }
}
