using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cowork.Host.Platform.Http;

/// <summary>Booleans as callers of the reference may write them: true/false, yes/no, on/off, t/f, y/n, 1/0 in any case.</summary>
sealed class LenientBool : JsonConverter<bool>
{
    public static bool TryParse(string? text, out bool value)
    {
        switch (text?.Trim().ToLowerInvariant())
        {
            case "true" or "yes" or "on" or "1" or "t" or "y":
                value = true;
                return true;
            case "false" or "no" or "off" or "0" or "f" or "n":
                value = false;
                return true;
            default:
                value = false;
                return false;
        }
    }

    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String when TryParse(reader.GetString(), out var value) => value,
        JsonTokenType.Number when reader.TryGetInt32(out var number) && number is 0 or 1 => reader.GetInt32() == 1,
        _ => throw new JsonException("not a boolean"),
    };

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);
}
