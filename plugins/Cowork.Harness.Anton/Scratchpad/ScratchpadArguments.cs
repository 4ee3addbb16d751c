using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>What the model wants of the scratchpad.</summary>
sealed record ScratchpadArguments
{
    public required string Action { get; init; }

    public string? Name { get; init; }

    [JsonConverter(typeof(CodeConverter))]
    public string? Code { get; init; }

    public IReadOnlyList<string>? Packages { get; init; }

    public string? OneLineDescription { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public double? EstimatedExecutionTimeSeconds { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ScratchpadArguments))]
[JsonSerializable(typeof(KeptCell))]
sealed partial class ScratchpadJson : JsonSerializerContext;

/// <summary>Models write escapes of half surrogate pairs, as Windows paths have them; .NET refuses these, in code they can stay escapes.</summary>
sealed partial class CodeConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException) when (reader.TokenType == JsonTokenType.String)
        {
            var raw = Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
            using var document = JsonDocument.Parse($"\"{Escape().Replace(raw, match => match.Groups["half"].Success ? $@"\{match.Value}" : match.Value)}\"");
            return document.RootElement.GetString();
        }
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    /// <summary>Every escape: whole pairs and others as they are, halves by name.</summary>
    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();
}
