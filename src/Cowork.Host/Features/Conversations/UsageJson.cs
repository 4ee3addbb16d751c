using System.Text.Json;

namespace Cowork.Host.Features.Conversations;

/// <summary>The tokens of an answer, the same in frames, answers and items.</summary>
static class UsageJson
{
    /// <summary>Writes the member <c>usage</c>.</summary>
    /// <param name="input">Tokens read, cached ones included.</param>
    /// <param name="output">Tokens written.</param>
    /// <param name="cached">Of the input: served from the provider's cache.</param>
    public static void Write(Utf8JsonWriter json, long input, long output, long cached)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, input);
        json.WriteStartObject("input_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, cached);
        json.WriteEndObject();
        json.WriteNumber("output_tokens"u8, output);
        json.WriteNumber("total_tokens"u8, input + output);
        json.WriteEndObject();
    }
}
