using System.Text.Json;
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
    IReadOnlyList<ConnectionName>? DisabledConnections = null);

/// <param name="Content">A text, or an array of <c>{type, text, file_id}</c>.</param>
/// <param name="Events">The stored stream events of an answer.</param>
sealed record DocumentItem(string Role, JsonElement Content, DateTimeOffset? CreatedAt = null, string? Harness = null, IReadOnlyList<JsonElement>? Events = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ForkRequest))]
[JsonSerializable(typeof(ConversationDocument))]
sealed partial class TransferJson : JsonSerializerContext;
