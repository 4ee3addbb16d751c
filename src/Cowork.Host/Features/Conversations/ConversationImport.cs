using Cowork.Host.Features.Files;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>Makes a conversation from an exported file: always a new one, with new ids and copies of its files.</summary>
[FeatureService]
sealed class ConversationImport(Database database, ConversationList list, UploadCopies copies, TimeProvider time)
{
    /// <exception cref="ApiException">422: not such a file, or something in it cannot be kept.</exception>
    public async Task<ConversationView> ImportAsync(ConversationDocument document, CancellationToken ct)
    {
        if (document.Format != ConversationExport.Format || document.Version != ConversationExport.Version)
            throw ApiException.Invalid("format", "This is not an exported conversation that this server can read.");
        var now = time.UtcNow();
        var project = ProjectOf(document);
        var conversation = new Conversation
        {
            Id = Guid.CreateVersion7(),
            Topic = Titles.Check(document.Title),
            ProjectId = project.Id,
            DisabledConnections = ConversationsService.Stored(document.DisabledConnections ?? []),
            CreatedAt = now,
            ModifiedAt = now,
        };
        // All of it is checked before the first row is written.
        foreach (var (item, position) in document.Items.Select((item, position) => (item, position)))
            ImportedItem.Check(item, $"items[{position}]");
        using var uploads = await copies.MakeAsync(
            project.Name, (document.Files ?? []).Where(f => f.Content is not null).Select(f => (f.Id, f.Filename, f.ContentType, f.Content!)), conversation.Id, ct);
        var items = document.Items.Select((item, position) => ImportedItem.Of(item, position, conversation, uploads.CopyOf)).ToList();
        await database.WriteAsync(
            w =>
            {
                if (!ConversationRows.Insert(w, conversation))
                    throw ProjectLookup.Missing();
                Store(w, items);
                uploads.Insert(w);
            },
            ct);
        uploads.Keep();
        return list.Get(conversation.Id);
    }

    (Guid Id, string Name) ProjectOf(ConversationDocument document)
    {
        var found = database.Query(statements => statements.Scalar("SELECT id FROM projects WHERE name = ?1 LIMIT 1", document.Project)) as string;
        return found is not null ? (Encodings.ToId(found), document.Project!) : (Project.GeneralId, Project.GeneralName);
    }

    static void Store(WriteScope w, IReadOnlyList<ImportedItem> items)
    {
        Message? question = null;
        foreach (var item in items)
        {
            MessageRows.Insert(w, item.Message);
            for (var i = 0; i < item.Events.Count; i++)
                MessageRows.InsertEvent(w, item.Message.Id, i, item.Events[i], item.Message.CreatedAt);
            if (item.Status is { } status)
                MessageRows.InsertEnd(w, item.Message, question, status, item.ErrorCode, item.Error);
            question = item.Message.Role == Message.User ? item.Message : null;
        }
    }
}
