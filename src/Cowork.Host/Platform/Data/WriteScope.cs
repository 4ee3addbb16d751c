using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Platform.Data;

/// <summary>
/// What a unit of work writes with: tracked entities, or statements that stay prepared between jobs where EF would cost more
/// than the write. Used on the writer's thread only.
/// </summary>
sealed class WriteScope(SqliteConnection connection) : IDisposable
{
    readonly PreparedStatements _statements = new(connection);
    CoworkDb? _db;
    SqliteTransaction? _transaction;
    bool _dbUsed;

    /// <summary>EF's context, inside the job's transaction. Call <c>SaveChanges</c>.</summary>
    public CoworkDb Db
    {
        get
        {
            _db ??= Database.Writer(connection);
            if (!_dbUsed)
            {
                _db.Database.UseTransaction(_transaction);
                _dbUsed = true;
            }

            return _db;
        }
    }

    /// <summary>For what reads alike inside a job and outside.</summary>
    public PreparedStatements Statements => _statements;

    /// <inheritdoc cref="PreparedStatements.Execute"/>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => _statements.Execute(sql, values);

    /// <inheritdoc cref="PreparedStatements.Scalar"/>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) => _statements.Scalar(sql, values);

    /// <inheritdoc cref="PreparedStatements.Query"/>
    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => _statements.Query(sql, values);

    /// <inheritdoc cref="PreparedStatements.List"/>
    public List<T> List<T>(Func<SqliteDataReader, T> read, string sql, params ReadOnlySpan<object?> values) => _statements.List(read, sql, values);

    internal T InTransaction<T>(Func<WriteScope, T> work)
    {
        using var transaction = _transaction = _statements.Transaction = connection.BeginTransaction();
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
                ResetDb();
            _transaction = _statements.Transaction = null;
        }
    }

    /// <summary>Apart from what every job does, for calling this loads EF.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    void ResetDb()
    {
        _db!.ChangeTracker.Clear();
        _db.Database.UseTransaction(null);
    }

    public void Dispose()
    {
        _db?.Dispose();
        _statements.Dispose();
    }
}
