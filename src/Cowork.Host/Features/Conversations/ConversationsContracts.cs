using System.Text.Json.Serialization;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>A stored connection, as turns name it.</summary>
sealed record ConnectionName(string Engine, string Name);

/// <summary>The body that makes or changes a conversation; what is absent or null stays.</summary>
sealed record ConversationChange(
    string? Topic = null,
    string? Title = null,
    string? Project = null,
    string? ProjectId = null,
    IReadOnlyList<ConnectionName>? DisabledConnections = null,
    [property: JsonConverter(typeof(LenientBool))] bool? Archived = null);

/// <summary>A conversation on the wire; clients of both generations read it, so some fields come in both spellings.</summary>
sealed record ConversationView
{
    public required Guid Id { get; init; }
    public required string Title { get; init; }
    public string Preview => Title;
    public required DateTime UpdatedAt { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>The project's name; null when the project is gone.</summary>
    public required string? Project { get; init; }
    public required string? ProjectPath { get; init; }
    public required Guid ProjectId { get; init; }
    public required IReadOnlyList<ConnectionName> DisabledConnections { get; init; }
    public required bool Archived { get; init; }

    /// <summary>The schedule that opened it, if one did.</summary>
    public required Guid? ScheduledId { get; init; }

    [JsonPropertyName("updated_at")]
    public DateTime SnakeUpdatedAt => UpdatedAt;

    [JsonPropertyName("created_at")]
    public DateTime SnakeCreatedAt => CreatedAt;

    [JsonPropertyName("project_path")]
    public string? SnakeProjectPath => ProjectPath;

    [JsonPropertyName("project_id")]
    public Guid SnakeProjectId => ProjectId;

    [JsonPropertyName("disabled_connections")]
    public IReadOnlyList<ConnectionName> SnakeDisabledConnections => DisabledConnections;

    [JsonPropertyName("scheduled_id")]
    public Guid? SnakeScheduledId => ScheduledId;
}

/// <summary>A part of the list.</summary>
/// <param name="HasMore">Whether older ones exist; ask for them with <c>after</c> = the last one's id.</param>
sealed record ConversationPage(IReadOnlyList<ConversationView> Conversations, bool HasMore);

sealed record ArchiveRequest(IReadOnlyList<string> Ids, [property: JsonConverter(typeof(LenientBool))] bool Archived = true);

sealed record ArchiveResult(bool Ok, int Changed);

sealed record TurnsDeleted(bool Ok, int Deleted);

sealed record Done(bool Ok);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConversationView))]
[JsonSerializable(typeof(ConversationPage))]
[JsonSerializable(typeof(ArchiveResult))]
[JsonSerializable(typeof(TurnsDeleted))]
[JsonSerializable(typeof(Done))]
sealed partial class ConversationsJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ConversationChange))]
[JsonSerializable(typeof(ArchiveRequest))]
[JsonSerializable(typeof(IReadOnlyList<ConnectionName>))]
sealed partial class ConversationRequestsJson : JsonSerializerContext;
