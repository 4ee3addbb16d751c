using Cowork.Abstractions;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>Stored messages as the blocks that a harness reads.</summary>
[FeatureService]
sealed class TurnHistory(Database database, StoredFiles files)
{
    /// <summary>Characters of transcripts that a turn gets. Older answers are their text alone: no model reads more than this, and loading it costs.</summary>
    const long MostTranscript = 2_000_000;

    const string NewestFirst =
        """
        SELECT role, content, transcript FROM messages
        WHERE conversation_id = ?1 AND position < (SELECT q.position FROM messages q WHERE q.id = ?2)
        ORDER BY position DESC
        """;

    /// <summary>What was said before a turn's question, oldest first.</summary>
    public IReadOnlyList<HistoryMessage> Before(Turn turn)
    {
        var history = new List<HistoryMessage>();
        var room = MostTranscript;
        foreach (var row in Rows(turn))
        {
            room -= row.Transcript?.Length ?? 0;
            var isUser = row.Role == Message.User;
            IReadOnlyList<ContentBlock> blocks = row.Transcript is { } transcript && room >= 0 ? TranscriptJson.Read(transcript) : [.. Blocks(row.Content ?? "null")];
            // A turn that failed before its first word left an empty answer; models refuse empty messages.
            if (blocks.Count > 0)
                history.Add(new(isUser ? MessageRole.User : MessageRole.Assistant, blocks));
        }

        history.Reverse();
        return history;
    }

    /// <summary>The blocks of one stored content; files whose bytes are gone are left out.</summary>
    public IEnumerable<ContentBlock> Blocks(string content)
    {
        foreach (var part in MessageContent.Parse(content).Parts)
        {
            if (part.FileId is { } id && files.Find(id) is { } file)
                yield return ToBlock(file);
            else if (!string.IsNullOrWhiteSpace(part.Text))
                yield return new ContentBlock.TextBlock(part.Text);
        }
    }

    /// <summary>A picture that models can look at, or a file that tools read: of pictures, providers take no other formats than these.</summary>
    public static ContentBlock ToBlock(AttachedFile file) => file.ContentType.Split(';')[0].Trim().ToLowerInvariant() switch
    {
        ("image/png" or "image/jpeg" or "image/gif" or "image/webp") and var type => new ContentBlock.ImageBlock(file with { ContentType = type }),
        "image/jpg" => new ContentBlock.ImageBlock(file with { ContentType = "image/jpeg" }),
        _ => new ContentBlock.FileBlock(file),
    };

    List<Row> Rows(Turn turn) =>
        database.Query(statements => statements.List(
            r => new Row(r.GetString(0), r.TextOrNull(1), r.TextOrNull(2)), NewestFirst, turn.ConversationId, turn.UserMessageId));

    sealed record Row(string Role, string? Content, string? Transcript);
}
