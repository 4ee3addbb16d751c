using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Files;

/// <summary>How rows of uploads become objects, and the other way round.</summary>
static class UploadRows
{
    public const string Select = "SELECT id, filename, content_type, size, purpose, path, created_at, modified_at FROM files";

    public static StoredFile Read(SqliteDataReader row) => new()
    {
        Id = Encodings.ToId(row.GetString(0)),
        Filename = row.GetString(1),
        ContentType = row.GetString(2),
        Size = row.GetInt64(3),
        Purpose = row.GetString(4),
        Path = row.GetString(5),
        CreatedAt = Encodings.ToTime(row.GetString(6)),
        ModifiedAt = Encodings.ToTime(row.GetString(7)),
    };

    public static void Insert(WriteScope w, StoredFile file) => w.Execute(
        "INSERT INTO files (id, filename, content_type, size, purpose, path, created_at, modified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        file.Id, file.Filename, file.ContentType, file.Size, file.Purpose, file.Path, file.CreatedAt, file.ModifiedAt);
}
