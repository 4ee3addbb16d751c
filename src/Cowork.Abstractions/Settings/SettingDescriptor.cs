namespace Cowork.Abstractions;

/// <summary>What kind of value a setting holds. On the wire every value is text.</summary>
public enum SettingKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A secret: write-only over HTTP, encrypted at rest.</summary>
    Secret,

    /// <summary>A boolean, stored and shown as <c>True</c> or <c>False</c>.</summary>
    Boolean,

    /// <summary>One of <see cref="SettingDescriptor.Options"/>.</summary>
    Choice,

    /// <summary>A whole number in invariant notation.</summary>
    Integer,
}

/// <summary>Declares one setting.</summary>
public sealed record SettingDescriptor
{
    /// <summary>Unique key: lower-case letters, digits and underscores, at most 128 characters.</summary>
    public required string Key { get; init; }

    /// <summary>Name for the settings page.</summary>
    public required string Label { get; init; }

    /// <summary>One sentence that says what the setting does.</summary>
    public string Description { get; init; } = "";

    /// <summary>The kind of value.</summary>
    public SettingKind Kind { get; init; } = SettingKind.Text;

    /// <summary>The value while nothing is stored; <c>null</c> for none. Never set for secrets.</summary>
    public string? Default { get; init; }

    /// <summary>The allowed values of a <see cref="SettingKind.Choice"/>; otherwise empty.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
}
