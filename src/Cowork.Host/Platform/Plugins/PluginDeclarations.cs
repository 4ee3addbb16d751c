using System.Buffers;
using System.Globalization;
using Cowork.Abstractions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>The rules for what a plugin declares.</summary>
static class PluginDeclarations
{
    const int MaxKeyLength = 128;
    const int MaxIdLength = 64;

    static readonly SearchValues<char> KeyCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");
    static readonly SearchValues<char> IdCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-");

    public static void Check(HarnessDescriptor harness)
    {
        if (!IsWord(harness.Id, MaxIdLength, IdCharacters))
            throw Refused($"The harness id '{harness.Id}' is malformed: use up to {MaxIdLength} lower-case letters, digits, '-' and '_', a letter first.");
        if (string.IsNullOrWhiteSpace(harness.Label))
            throw Refused($"The harness '{harness.Id}' has no label.");
    }

    public static void Check(SettingDescriptor setting)
    {
        if (!IsWord(setting.Key, MaxKeyLength, KeyCharacters))
            throw Refused($"The setting key '{setting.Key}' is malformed: use up to {MaxKeyLength} lower-case letters, digits and '_', a letter first.");
        if (string.IsNullOrWhiteSpace(setting.Label))
            throw Refused($"The setting '{setting.Key}' has no label.");
        if (setting.Kind == SettingKind.Choice != (setting.Options.Count > 0))
            throw Refused($"The setting '{setting.Key}' must list its options if it is a choice, and only then.");
        if (setting.Default is { } value && !MayBeDefault(setting, value))
            throw Refused($"The default of the setting '{setting.Key}' is not a value that the setting can have.");
    }

    public static void Check(JobDescriptor job)
    {
        if (!IsWord(job.Id, MaxIdLength, IdCharacters))
            throw Refused($"The job id '{job.Id}' is malformed: use up to {MaxIdLength} lower-case letters, digits, '-' and '_', a letter first.");
        if (!JobTimes.TryParse(job, out _))
            throw Refused($"The job '{job.Id}' must have either an interval from one second to 366 days or a cron expression of five fields.");
    }

    /// <summary>Checks the declarations of a plugin against the settings of the server.</summary>
    public static void Check(PluginBuilder plugin, IPluginSettingsSource host)
    {
        if (plugin.Settings.FirstOrDefault(s => host.IsReserved(s.Key)) is { } taken)
            throw Refused($"It declares the setting '{taken.Key}', which the server has already.");
        foreach (var harness in plugin.Harnesses.Select(h => h.Descriptor))
        {
            // Such a harness could never become ready.
            if (harness.RequiredSettings.FirstOrDefault(key => !host.IsReserved(key) && plugin.Settings.All(s => s.Key != key)) is { } unknown)
                throw Refused($"The harness '{harness.Id}' requires the setting '{unknown}', which neither the plugin nor the server declares.");
        }
    }

    public static PluginRefusedException Refused(string reason) => new(PluginState.Failed, reason);

    static bool IsWord(string? text, int length, SearchValues<char> allowed) =>
        text is { Length: > 0 } && text.Length <= length && char.IsAsciiLetterLower(text[0]) && !text.AsSpan().ContainsAnyExcept(allowed);

    static bool MayBeDefault(SettingDescriptor setting, string value) => setting.Kind switch
    {
        SettingKind.Secret => false,
        SettingKind.Boolean => value is "True" or "False",
        SettingKind.Integer => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        SettingKind.Choice => setting.Options.Contains(value),
        _ => true,
    };
}
