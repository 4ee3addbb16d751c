using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cowork.Harness.Anton.Tools;

/// <summary>A call of a tool whose arguments are whole.</summary>
/// <param name="Id">Correlates all events of the call.</param>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">A JSON object, or nothing at all for a tool without arguments.</param>
sealed record ToolCall(string Id, string Name, JsonElement Arguments)
{
    static readonly JsonElement Nothing = JsonElement.Parse("{}"u8);

    /// <summary>The arguments as a record of the tool's.</summary>
    /// <exception cref="ToolException">They do not fit; the message says which one.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        var arguments = Arguments.ValueKind == JsonValueKind.Undefined ? Nothing : Arguments;
        var missing = type.Properties
            .Where(property => property.IsRequired && !(arguments.ValueKind == JsonValueKind.Object && arguments.TryGetProperty(property.Name, out _)))
            .Select(property => property.Name)
            .ToList();
        if (missing.Count > 0)
            throw new ToolException(missing.Count == 1 ? $"The argument {missing[0]} is missing." : $"The arguments {string.Join(", ", missing)} are missing.");
        // The framework holds members to their type, but not what is in a list.
        if (GapIn(arguments) is { } gap)
            throw new ToolException($"The argument {gap} has the wrong type.");
        try
        {
            return arguments.Deserialize(type) ?? throw new ToolException("The arguments are missing.");
        }
        catch (JsonException e)
        {
            // The framework's own message names types of this program.
            throw new ToolException(e.Path is { Length: > 2 } path ? $"The argument {path[2..]} has the wrong type." : "The arguments must be a JSON object.");
        }
    }

    /// <summary>The first element of a list that is null.</summary>
    static string? GapIn(JsonElement arguments) => arguments.ValueKind != JsonValueKind.Object ? null : arguments.EnumerateObject()
        .Where(argument => argument.Value.ValueKind == JsonValueKind.Array)
        .SelectMany(argument => argument.Value.EnumerateArray().Select((value, index) => value.ValueKind == JsonValueKind.Null ? $"{argument.Name}[{index}]" : null))
        .FirstOrDefault(name => name is not null);
}

/// <summary>A tool could not do what was asked. The message is for the model: what is wrong, and what to do instead.</summary>
sealed class ToolException(string message) : Exception(message);

/// <summary>What the model reads of a result.</summary>
/// <param name="Text">The result in words.</param>
/// <param name="IsError">Whether it failed.</param>
sealed record ToolOutcome(string Text, bool IsError = false)
{
    /// <summary>Pictures for the model to look at.</summary>
    public IReadOnlyList<Llm.ModelContent.Image> Images { get; init; } = [];

    public static ToolOutcome Error(string text) => new(text, IsError: true);
}
