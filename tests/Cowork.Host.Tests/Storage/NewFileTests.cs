using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cowork.Host.Tests.Storage;

public sealed class NewFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("cowork-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_new_file_is_the_one_that_EF_would_make()
    {
        await using (var made = new Database(Options("made.db")))
        {
            new Schema(made, Options("made.db"), TimeProvider.System, NullLogger<Schema>.Instance).BringUpToDate();
            using var db = made.Read();
            Assert.Empty(db.Database.GetPendingMigrations());
        }

        await using (var migrated = new Database(Options("migrated.db")))
        {
            using var db = migrated.Read();
            db.Database.Migrate();
        }

        var expected = Contents("migrated.db");
        Assert.Contains(expected, line => line.Contains("CREATE TABLE turns", StringComparison.Ordinal));
        Assert.Equal(expected, Contents("made.db"));
    }

    ServerOptions Options(string file) => ServerOptions.Read(name => name == "DATABASE_URI" ? $"sqlite:///{_folder}/{file}" : null, _folder);

    /// <summary>The whole schema and the rows that it comes with. What EF puts there for itself while it migrates is left out.</summary>
    List<string> Contents(string file)
    {
        using var connection = ReferenceFile.Open(Path.Combine(_folder, file));
        var schema = ReferenceFile.Query(connection, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name <> '__EFMigrationsLock' AND name <> '__EFMigrationsHistory' ORDER BY 1, 2");
        var tables = ReferenceFile.Query(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%' AND name NOT LIKE '\\_\\_EF%' ESCAPE '\\' ORDER BY name");
        return
        [
            .. schema,
            .. ReferenceFile.Query(connection, "SELECT MigrationId FROM __EFMigrationsHistory ORDER BY 1"),
            .. tables.SelectMany(table => ReferenceFile.Query(connection, $"SELECT * FROM \"{table}\"").Select(row => $"{table}: {row}")),
        ];
    }
}
