using System.Text.Json;

namespace Cowork.Host.Features.Conversations;

/// <summary>JSON that lies in the database as text, on its way into an answer. Nothing keeps other programs from storing text that is none.</summary>
static class StoredJson
{
    // As deep as SQLite's own JSON functions go.
    static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };

    /// <summary>Passes a value on byte by byte; what is no JSON becomes a JSON string, so that the document around it stays whole.</summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> stored)
    {
        if (!TryWrite(json, stored))
            json.WriteStringValue(stored);
    }

    /// <returns>False, and nothing is written, for what is no JSON.</returns>
    public static bool TryWrite(Utf8JsonWriter json, ReadOnlySpan<byte> stored)
    {
        if (!IsValid(stored))
            return false;
        json.WriteRawValue(stored, skipInputValidation: true);
        return true;
    }

    static bool IsValid(ReadOnlySpan<byte> stored)
    {
        try
        {
            var reader = new Utf8JsonReader(stored, Options);
            while (reader.Read())
            {
                // Only read to the end.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
