using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>What agents may remember, by two settings that clients have known for long.</summary>
[FeatureService]
sealed class MemorySettings(SettingsService settings)
{
    public MemoryPolicy Policy => bool.TryParse(settings.Get("memory_enabled"), out var isOn) && !isOn
        ? MemoryPolicy.Off
        : settings.Get("memory_mode") switch
        {
            "off" => MemoryPolicy.Off,
            "autopilot" or null or "" => MemoryPolicy.Automatic,
            // "copilot", and "manual", which the settings page once named.
            _ => MemoryPolicy.WhenAsked,
        };
}
