using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Memory;

sealed record MemoryWrite(string RelativePath, string Content, string? Scope = null, string? ProjectPath = null);

sealed record MemoryPut(string Scope, string Category, string Content, string? ProjectId = null);

sealed record MemoryDone(bool Ok);

/// <param name="HasMore">Whether sections follow; ask for them with <c>after</c> = the last one's project path, or its scope.</param>
sealed record MemorySections(IReadOnlyList<MemorySection> Sections, bool HasMore);

sealed record MemorySection(string Scope, string? ProjectName, string? ProjectPath, IReadOnlyList<MemoryRow> Files);

/// <param name="Preview">The first characters of the content.</param>
sealed record MemoryRow(string RelativePath, string Content, string Preview, string Scope, string? ProjectName, string? ProjectPath);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(MemoryWrite))]
[JsonSerializable(typeof(MemoryPut))]
sealed partial class MemoryWriteJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MemorySections))]
[JsonSerializable(typeof(MemoryDone))]
sealed partial class MemoryJson : JsonSerializerContext;
