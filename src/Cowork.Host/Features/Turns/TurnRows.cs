using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Turns;

/// <summary>How rows of turns become objects.</summary>
static class TurnRows
{
    public const string Select =
        """
        SELECT id, conversation_id, number, status, harness, model, input, options, user_message_id, assistant_message_id, error_code, error,
               input_tokens, output_tokens, cached_input_tokens, log_closed, created_at, started_at, finished_at, modified_at
        FROM turns
        """;

    public static Turn Read(SqliteDataReader row) => new()
    {
        Id = Encodings.ToId(row.GetString(0)),
        ConversationId = Encodings.ToId(row.GetString(1)),
        Number = row.GetInt32(2),
        Status = row.GetString(3),
        Harness = row.GetString(4),
        Model = row.TextOrNull(5),
        Input = row.GetString(6),
        Options = row.TextOrNull(7),
        UserMessageId = row.IdOrNull(8),
        AssistantMessageId = row.IdOrNull(9),
        ErrorCode = row.TextOrNull(10),
        Error = row.TextOrNull(11),
        InputTokens = row.GetInt64(12),
        OutputTokens = row.GetInt64(13),
        CachedInputTokens = row.GetInt64(14),
        LogClosed = row.GetBoolean(15),
        CreatedAt = Encodings.ToTime(row.GetString(16)),
        StartedAt = row.TimeOrNull(17),
        FinishedAt = row.TimeOrNull(18),
        ModifiedAt = Encodings.ToTime(row.GetString(19)),
    };
}
