using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Search;

/// <param name="HasMore">Whether results follow; ask for them with <c>after</c> = the last one's type, a slash and its id.</param>
sealed record SearchResults(IReadOnlyList<SearchResult> Results, bool HasMore);

/// <summary>One thing that was found, with what the client needs to show and open it.</summary>
sealed record SearchResult
{
    public required string Type { get; init; }
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required string Subtitle { get; init; }

    /// <summary>Which view of the client opens it.</summary>
    public required string Route { get; init; }
    public required int Score { get; init; }

    /// <summary>The words around the first hit, when it was found by its text.</summary>
    public string? Snippet { get; init; }
    public Guid? ConversationId { get; init; }

    /// <summary>What older clients call the conversation.</summary>
    [JsonPropertyName("sessionId")]
    public Guid? SessionId => ConversationId;

    /// <summary>The best message of the conversation, when words of it were found.</summary>
    public Guid? MessageId { get; init; }

    /// <summary>Whether a conversation is out of sight; null for everything else.</summary>
    public bool? Archived { get; init; }

    /// <summary>Name of the project that it belongs to.</summary>
    public string? Project { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SearchResults))]
sealed partial class SearchJson : JsonSerializerContext;
