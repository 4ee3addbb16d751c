using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>A line from the child; which members are set depends on <see cref="T"/>.</summary>
sealed record ChildEvent
{
    /// <summary>ready, begin, beat, out, err, log, progress, call or done.</summary>
    public string? T { get; init; }

    /// <summary>Text of out, err, log and progress.</summary>
    public string? S { get; init; }

    public int Id { get; init; }

    public string? Name { get; init; }

    public JsonElement Args { get; init; }

    public int Cell { get; init; }

    public string? Error { get; init; }

    public string? Missing { get; init; }

    public bool Restored { get; init; }

    public IReadOnlyList<string>? Lost { get; init; }
}

/// <summary>The first line to the child.</summary>
/// <param name="State">The file that keeps the variables.</param>
/// <param name="Restore">Whether to bring back what it holds.</param>
/// <param name="Beat">Seconds between two signs of life.</param>
sealed record ChildGreeting(string State, bool Restore, double Beat);

/// <summary>A line to the child; <see cref="Op"/> is exec, path, reply, interrupt or exit.</summary>
sealed record ChildOrder(string Op)
{
    public int? Cell { get; init; }

    public string? Code { get; init; }

    public IReadOnlyList<string>? Offers { get; init; }

    public string? Model { get; init; }

    public string? Path { get; init; }

    public int? Id { get; init; }

    public JsonNode? Value { get; init; }

    public string? Error { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChildEvent))]
[JsonSerializable(typeof(ChildGreeting))]
[JsonSerializable(typeof(ChildOrder))]
sealed partial class ChildJson : JsonSerializerContext;
