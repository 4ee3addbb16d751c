namespace Cowork.Harness.Anton.Turn;

/// <summary>How much a model may write in one reply, in tokens: enough for a whole page in one call, where the model is known to write as much.</summary>
static class OutputLimits
{
    public const int Usual = 8_192;

    /// <summary>What a limit is raised to at most after a call that was cut.</summary>
    public const int Most = 65_536;

    const int Large = 32_000;
    static readonly string[] WriteLittle = ["claude-3-5", "claude-3-haiku", "claude-3-opus", "claude-3-sonnet"];
    static readonly string[] WriteMuch = ["claude", "gpt-5", "o3", "o4", "gemini-2.5", "gemini-3"];

    /// <param name="model">The model's name, with or without the publisher that gateways put in front.</param>
    public static int Of(string model)
    {
        var name = model[(model.LastIndexOf('/') + 1)..];
        return !Starts(WriteLittle) && Starts(WriteMuch) ? Large : Usual;

        bool Starts(string[] families) => Array.Exists(families, family => name.StartsWith(family, StringComparison.OrdinalIgnoreCase));
    }
}
