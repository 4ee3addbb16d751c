using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Platform.Data;

/// <summary>
/// What a unit of work writes with: tracked entities, or statements that stay prepared between jobs where EF would cost more
/// than the write. Used on the writer's thread only.
/// </summary>
sealed class WriteScope(SqliteConnection connection, Func<CoworkDb> createDb) : IDisposable
{
    readonly Dictionary<string, SqliteCommand> _statements = [];
    CoworkDb? _db;
    SqliteTransaction? _transaction;
    bool _dbUsed;

    /// <summary>EF's context, inside the job's transaction. Call <c>SaveChanges</c>.</summary>
    public CoworkDb Db
    {
        get
        {
            _db ??= createDb();
            if (!_dbUsed)
            {
                _db.Database.UseTransaction(_transaction);
                _dbUsed = true;
            }

            return _db;
        }
    }

    /// <summary>Runs a statement with positional parameters <c>?1, ?2 …</c></summary>
    /// <returns>The number of rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>Reads rows; dispose the reader before the next statement of the same text.</summary>
    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteReader();

    internal T InTransaction<T>(Func<WriteScope, T> work)
    {
        using var transaction = _transaction = connection.BeginTransaction();
        _dbUsed = false;
        try
        {
            var result = work(this);
            transaction.Commit();
            return result;
        }
        finally
        {
            if (_dbUsed)
            {
                _db!.ChangeTracker.Clear();
                _db.Database.UseTransaction(null);
            }

            _transaction = null;
        }
    }

    SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_statements.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i}" });
            _statements.Add(sql, command);
        }

        command.Transaction = _transaction;
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] switch
            {
                null => DBNull.Value,
                Guid id => Encodings.ToText(id),
                DateTime time => Encodings.ToText(time),
                bool flag => flag ? 1 : 0,
                var value => value,
            };
        return command;
    }

    public void Dispose()
    {
        foreach (var command in _statements.Values)
            command.Dispose();
        _db?.Dispose();
    }
}
