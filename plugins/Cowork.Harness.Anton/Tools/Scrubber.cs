using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools;

/// <summary>
/// Replaces secret values in what tools return and show: they must reach neither model, stream nor history. The turn's own ones by name, so that a
/// model can speak of them; then whatever else the host knows. Immutable.
/// </summary>
/// <param name="secrets">The turn's own secrets; those that could be any word are left alone.</param>
/// <param name="host">Knows the others.</param>
sealed class Scrubber(IEnumerable<(string Name, Secret Value)> secrets, ITurnServices? host = null)
{
    // Longest first: a value may contain another.
    readonly (string Mask, string Value)[] _values =
    [
        .. secrets
            .Where(secret => secret.Value.IsDistinctive)
            .DistinctBy(secret => secret.Value)
            .OrderByDescending(secret => secret.Value.Reveal().Length)
            .Select(secret => ($"[{secret.Name}]", secret.Value.Reveal())),
    ];

    public static Scrubber Of(TurnRequest request) => With(request, []);

    /// <param name="request">The turn.</param>
    /// <param name="more">Secrets that only this plugin knows.</param>
    public static Scrubber With(TurnRequest request, IEnumerable<(string Name, Secret Value)> more) => new(KeysOf(request).Concat(more), request.Services);

    /// <summary>Longest hidden value in characters: who scrubs a stream must hold back that much less one.</summary>
    public int Longest => Math.Max(_values.Length == 0 ? 0 : _values[0].Value.Length, host?.LongestSecret ?? 0);

    public string Scrub(string text)
    {
        foreach (var (mask, value) in _values)
            if (text.Contains(value, StringComparison.Ordinal))
                text = text.Replace(value, mask, StringComparison.Ordinal);
        return host?.MaskSecrets(text) ?? text;
    }

    public HarnessEvent Scrub(HarnessEvent e) => e switch
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
