using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Cowork.Host.Features.Conversations;

/// <param name="MessageId">The last message that is copied; absent for all.</param>
sealed record ForkRequest(string? MessageId = null);

/// <summary>A conversation as a file: written by the export, read by the import.</summary>
/// <param name="Format">Always <see cref="ConversationExport.Format"/>.</param>
/// <param name="Project">Name of the project that it was in; the import uses one of the same name if there is one.</param>
sealed record ConversationDocument(
    string Format,
    int Version,
    string Title,
    IReadOnlyList<DocumentItem> Items,
    string? Project = null,
    IReadOnlyList<ConnectionName>? DisabledConnections = null,
    IReadOnlyList<DocumentFile>? Files = null);

/// <param name="Content">A text, or an array of <c>{type, text, file_id}</c>.</param>
/// <param name="Events">The stored stream events of an answer.</param>
/// <param name="Transcript">What an answer did beside talking: what later turns read of it.</param>
/// <param name="Status">How the turn of an answer ended; with <paramref name="ErrorCode"/> and <paramref name="Error"/> why it failed.</param>
sealed record DocumentItem(
    string Role,
    JsonElement Content,
    DateTimeOffset? CreatedAt = null,
    string? Harness = null,
    IReadOnlyList<JsonElement>? Events = null,
    IReadOnlyList<JsonElement>? Transcript = null,
    string? Status = null,
    string? ErrorCode = null,
    string? Error = null);

/// <summary>An upload of the conversation.</summary>
/// <param name="Id">As the content of messages names it.</param>
/// <param name="Content">The bytes, base64; null for a file that would make the document too large to be imported, or whose bytes are gone.</param>
sealed record DocumentFile(Guid Id, string Filename, string? ContentType = null, byte[]? Content = null);

// As deep as SQLite's own JSON functions go: the results of tools lie in events.
[JsonSourceGenerationOptions(MaxDepth = 1000, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ForkRequest))]
[JsonSerializable(typeof(ConversationDocument))]
[JsonSerializable(typeof(IReadOnlyList<DocumentFile>))]
[JsonSerializable(typeof(JsonArray))]
sealed partial class TransferJson : JsonSerializerContext;
