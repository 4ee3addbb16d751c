using System.Buffers;
using System.Text;
using System.Text.Json;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>Makes a conversation from an exported file: always a new one, with new ids.</summary>
[FeatureService]
sealed class ConversationImport(Database database, ConversationList list, TimeProvider time)
{
    /// <exception cref="ApiException">422: not such a file, or something in it cannot be kept.</exception>
    public async Task<ConversationView> ImportAsync(ConversationDocument document, CancellationToken ct)
    {
        if (document.Format != ConversationExport.Format || document.Version != ConversationExport.Version)
            throw ApiException.Invalid("format", "This is not an exported conversation that this server can read.");
        var now = time.UtcNow();
        var conversation = new Conversation
        {
            Id = Guid.CreateVersion7(),
            Topic = Titles.Check(document.Title is "" ? Titles.Untitled : document.Title),
            DisabledConnections = ConversationsService.Stored(document.DisabledConnections ?? []),
            CreatedAt = now,
            ModifiedAt = now,
        };
        // All of it is checked and encoded before the first row is written.
        var messages = document.Items.Select((item, position) => Parse(item, conversation.Id, position, now)).ToList();
        await database.WriteAsync(w => Store(w, conversation, document.Project, messages), ct);
        return list.Get(conversation.Id);
    }

    static void Store(WriteScope w, Conversation conversation, string? project, List<(Message Message, List<string> Events)> messages)
    {
        conversation.ProjectId = w.Db.Projects.Where(p => p.Name == project).Select(p => (Guid?)p.Id).FirstOrDefault() ?? Project.GeneralId;
        ConversationRows.Insert(w, conversation);
        foreach (var (message, events) in messages)
        {
            MessageRows.Insert(w, message);
            for (var i = 0; i < events.Count; i++)
                MessageRows.InsertEvent(w, message.Id, i, events[i], message.CreatedAt);
        }
    }

    static (Message Message, List<string> Events) Parse(DocumentItem item, Guid conversation, int position, DateTime now)
    {
        var field = $"items[{position}]";
        if (item.Role is not (Message.User or Message.Assistant))
            throw ApiException.Invalid($"{field}.role", "The role of a message must be user or assistant.");
        if (item.Content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array or JsonValueKind.Null))
            throw ApiException.Invalid($"{field}.content", "The content of a message must be a text or a list of parts.");
        var events = item.Events ?? [];
        if (events.Any(e => e.ValueKind != JsonValueKind.Object))
            throw ApiException.Invalid($"{field}.events", "An event must be an object.");
        var message = new Message
        {
            Id = Guid.CreateVersion7(),
            ConversationId = conversation,
            Role = item.Role,
            Content = Stored(item.Content, $"{field}.content"),
            Harness = item.Role == Message.Assistant ? item.Harness : null,
            Position = position,
            CreatedAt = item.CreatedAt is { } at ? Encodings.Cut(at.UtcDateTime) : now,
        };
        return (message, [.. events.Select(e => Stored(e, $"{field}.events"))]);
    }

    /// <summary>The JSON as this server writes it.</summary>
    static string Stored(JsonElement json, string field)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using var writer = new Utf8JsonWriter(buffer, AsciiJson.Options);
            json.WriteTo(writer);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw ApiException.Invalid(field, "A text holds half of a surrogate pair. Send valid Unicode.");
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
