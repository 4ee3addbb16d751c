using System.Globalization;
using System.Text;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Conversations;

/// <summary>A conversation as a file: to read (Markdown), or to take elsewhere (JSON).</summary>
[FeatureService]
sealed class ConversationExport(Database database, ConversationList list, ConversationItems items, StoredFiles files)
{
    public const string Format = "cowork-conversation";
    public const int Version = 1;

    /// <summary>Bytes of files in a document; with base64 and the text it stays below what an import takes.</summary>
    const long MostFileBytes = 40 * 1024 * 1024;
    const int LongestName = 80;

    /// <exception cref="ApiException">404: no such conversation.</exception>
    public (byte[] Content, string FileName) ToJson(Guid id)
    {
        var conversation = list.Get(id);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AsciiJson.Options))
        {
            json.WriteStartObject();
            json.WriteString("format"u8, Format);
            json.WriteNumber("version"u8, Version);
            json.WriteString("title"u8, conversation.Title);
            json.WriteString("project"u8, conversation.Project);
            json.WriteString("created_at"u8, conversation.CreatedAt);
            json.WriteString("updated_at"u8, conversation.UpdatedAt);
            json.WritePropertyName("disabled_connections"u8);
            JsonSerializer.Serialize(json, conversation.DisabledConnections, ConversationRequestsJson.Default.IReadOnlyListConnectionName);
            json.WritePropertyName("items"u8);
            items.Write(id, new(null, null), json, withTranscripts: true);
            json.WritePropertyName("files"u8);
            JsonSerializer.Serialize(json, Files(id, conversation.Project), TransferJson.Default.IReadOnlyListDocumentFile);
            json.WriteEndObject();
        }

        return (buffer.WrittenSpan.ToArray(), $"{FileName(conversation.Title)}.json");
    }

    /// <exception cref="ApiException">404: no such conversation.</exception>
    public (byte[] Content, string FileName) ToMarkdown(Guid id)
    {
        var conversation = list.Get(id);
        var text = new StringBuilder().Append("# ").AppendLine(OneLine(conversation.Title)).AppendLine();
        text.Append(CultureInfo.InvariantCulture, $"*Begun {conversation.CreatedAt:yyyy-MM-dd HH:mm} UTC, project {conversation.Project}*").AppendLine();
        using var db = database.Read();
        foreach (var message in db.Messages.Where(m => m.ConversationId == id).OrderBy(m => m.Position))
        {
            text.AppendLine().Append("## ").AppendLine(message.Role == Message.User ? "You" : message.Harness ?? "Assistant").AppendLine();
            foreach (var part in MessageContent.Parse(message.Content ?? "null").Parts)
                if (Describe(part) is { Length: > 0 } described)
                    text.AppendLine(described);
        }

        return (Encoding.UTF8.GetBytes(text.ToString()), $"{FileName(conversation.Title)}.md");
    }

    /// <summary>The uploads of the conversation, and others that its messages name.</summary>
    List<DocumentFile> Files(Guid id, string? project)
    {
        var found = new Dictionary<Guid, AttachedFile>();
        foreach (var file in files.OfConversation(project ?? "", id))
            found[file.Id] = file;
        var contents = database.Query(s => s.List(r => r.GetString(0), "SELECT content FROM messages WHERE conversation_id = ?1 AND content LIKE '[%' ORDER BY position", id));
        foreach (var named in contents.SelectMany(c => MessageContent.Parse(c).Parts).Select(p => p.FileId).OfType<Guid>())
            if (!found.ContainsKey(named) && files.Find(named) is { } file)
                found[named] = file;

        var room = MostFileBytes;
        var documents = new List<DocumentFile>();
        foreach (var file in found.Values)
            documents.Add(new(file.Id, file.Name, file.ContentType, Bytes(file, ref room)));
        return documents;
    }

    static byte[]? Bytes(AttachedFile file, ref long room)
    {
        try
        {
            if (new FileInfo(file.Path).Length > room)
                return null;
            var bytes = File.ReadAllBytes(file.Path);
            room -= bytes.Length;
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    string? Describe(MessagePart part) =>
        part.FileId is { } id ? $"*Attached: {files.Find(id)?.Name ?? "a file that is gone"}*" : part.Text;

    static string OneLine(string title) => title.ReplaceLineEndings(" ");

    /// <summary>The title without what file systems refuse.</summary>
    static string FileName(string title)
    {
        var allowed = string.Concat(title.Select(c => char.IsControl(c) || "\\/:*?\"<>|".Contains(c, StringComparison.Ordinal) ? ' ' : c)).Trim().Trim('.');
        return Titles.Cut(allowed, LongestName) ?? "conversation";
    }
}
