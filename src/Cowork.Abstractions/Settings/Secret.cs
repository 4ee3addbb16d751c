using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cowork.Abstractions;

/// <summary>
/// A value that must not be shown. It prints as <c>***</c>, also in logs, in string interpolation and as JSON; only
/// <see cref="Reveal"/> gives it away, so every use can be found by searching for that name. Immutable.
/// </summary>
[JsonConverter(typeof(MaskingConverter))]
public sealed class Secret : IEquatable<Secret>
{
    const string Mask = "***";
    const int Shortest = 6;
    const int LongestWord = 15;
    readonly string _value;

    /// <summary>Wraps a value.</summary>
    /// <param name="value">The secret text; must not be empty.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> is empty.</exception>
    public Secret(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        _value = value;
    }

    /// <summary>The plain value. Hand it straight to what needs it; never store, log or send it elsewhere.</summary>
    /// <returns>The secret text, never empty.</returns>
    public string Reveal() => _value;

    /// <summary>
    /// Whether the value can be told from ordinary text, so that a search for it finds the secret and nothing else. Local servers are
    /// given any word for a key, such as <c>ollama</c>: masking that would spoil every text that speaks of it. Six characters or more, and not
    /// a word of up to fifteen letters.
    /// </summary>
    public bool IsDistinctive => _value.Length >= Shortest && !(_value.Length <= LongestWord && _value.All(char.IsAsciiLetter));

    /// <summary>Always <c>***</c>.</summary>
    /// <returns>The mask.</returns>
    public override string ToString() => Mask;

    /// <summary>Compares the hidden values.</summary>
    /// <param name="other">The other secret.</param>
    /// <returns>Whether both hide the same text.</returns>
    public bool Equals(Secret? other) => other is not null && _value == other._value;

    /// <inheritdoc cref="Equals(Secret?)"/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <summary>A hash of the hidden value, for use as a key in memory.</summary>
    /// <returns>The hash code; differs between processes.</returns>
    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    sealed class MaskingConverter : JsonConverter<Secret>
    {
        public override Secret? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is { Length: > 0 } text ? new Secret(text) : null;

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue(Mask);
    }
}
