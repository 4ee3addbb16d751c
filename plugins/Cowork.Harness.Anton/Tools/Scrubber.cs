using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools;

/// <summary>
/// Replaces secret values in what tools return and show: the turn's keys must reach neither model, stream nor history. Values shorter than
/// four characters are left alone; they would hide ordinary words. Immutable.
/// </summary>
sealed class Scrubber(IEnumerable<(string Name, Secret Value)> secrets)
{
    const int Shortest = 4;

    // Longest first: a value may contain another.
    readonly (string Mask, string Value)[] _values =
    [
        .. secrets
            .Where(secret => secret.Value.Reveal().Length >= Shortest)
            .DistinctBy(secret => secret.Value)
            .OrderByDescending(secret => secret.Value.Reveal().Length)
            .Select(secret => ($"[{secret.Name}]", secret.Value.Reveal())),
    ];

    public static Scrubber Of(TurnRequest request) => new(KeysOf(request));

    /// <summary>Longest hidden value in characters: who scrubs a stream must hold back that much less one.</summary>
    public int Longest => _values.Length == 0 ? 0 : _values[0].Value.Length;

    public string Scrub(string text)
    {
        foreach (var (mask, value) in _values)
            if (text.Contains(value, StringComparison.Ordinal))
                text = text.Replace(value, mask, StringComparison.Ordinal);
        return text;
    }

    public HarnessEvent Scrub(HarnessEvent e) => _values.Length == 0 ? e : e switch
    {
        HarnessEvent.ToolResult result => result with { Content = Scrub(result.Content) },
        HarnessEvent.ToolArguments call => call with { ArgumentsJson = Scrub(call.ArgumentsJson) },
        HarnessEvent.ToolCompleted completed => completed with { Text = Scrub(completed.Text) },
        HarnessEvent.Progress progress => progress with { Message = Scrub(progress.Message) },
        _ => e,
    };

    static IEnumerable<(string, Secret)> KeysOf(TurnRequest request)
    {
        if (request.Models is not { } models)
            yield break;
        foreach (var model in (ModelChoice[])[models.Planning, models.Coding])
            if (model.ApiKey is { } key)
                yield return ($"{model.Provider} key", key);
    }
}
