using System.Text.Json;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Reads the arguments of a tool call as a model wrote them.</summary>
static class CallArguments
{
    /// <summary>The arguments when they are one whole JSON object. Cut or damaged text is never repaired: half a call must not run.</summary>
    public static bool TryRead(string text, out JsonElement arguments)
    {
        if (string.IsNullOrWhiteSpace(text))
            text = "{}";
        try
        {
            arguments = JsonElement.Parse(text);
            // Some local models write the object as a string.
            if (arguments.ValueKind == JsonValueKind.String)
                arguments = JsonElement.Parse(arguments.GetString()!);
            if (arguments.ValueKind == JsonValueKind.Null)
                arguments = JsonElement.Parse("{}");
            return arguments.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            arguments = default;
            return false;
        }
    }

    /// <summary>The arguments as an object that every provider takes.</summary>
    public static string AsObject(string text) => TryRead(text, out var arguments) ? arguments.GetRawText() : "{}";
}
