using Cowork.Abstractions;
using Cowork.Host.Features.Settings;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>
/// All secrets that this server has: an agent with a shell can come across any of them, not only across the key that it is asked with.
/// Thread-safe.
/// </summary>
[FeatureService]
sealed class KnownSecrets(SettingsService settings, ServerOptions options)
{
    volatile Known _known = new([], TurnSecrets.None);

    /// <summary>Those of this moment; made anew only when one has changed.</summary>
    public TurnSecrets Current
    {
        get
        {
            Secret[] secrets = [.. settings.Secrets, .. options.EnvironmentSecrets];
            var known = _known;
            return known.Secrets.AsSpan().SequenceEqual(secrets) ? known.Masked : (_known = new(secrets, TurnSecrets.Of(secrets))).Masked;
        }
    }

    sealed record Known(Secret[] Secrets, TurnSecrets Masked);
}
