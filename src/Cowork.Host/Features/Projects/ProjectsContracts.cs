using System.Text.Json.Serialization;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Projects;

sealed record NewProject(string Name);

/// <summary>What is absent or null stays.</summary>
sealed record ProjectChange(string? Name = null, [property: JsonConverter(typeof(LenientBool))] bool? IsActive = null);

/// <param name="Path">Absolute.</param>
sealed record ProjectView(Guid Id, string Name, string Path, bool IsActive, DateTime CreatedAt, DateTime ModifiedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NewProject))]
[JsonSerializable(typeof(ProjectChange))]
[JsonSerializable(typeof(ProjectView))]
[JsonSerializable(typeof(IReadOnlyList<ProjectView>))]
sealed partial class ProjectsJson : JsonSerializerContext;
