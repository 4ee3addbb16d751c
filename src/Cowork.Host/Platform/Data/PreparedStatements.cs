using Microsoft.Data.Sqlite;

namespace Cowork.Host.Platform.Data;

/// <summary>Statements of one connection that stay prepared between uses. One caller at a time.</summary>
sealed class PreparedStatements(SqliteConnection connection) : IDisposable
{
    readonly Dictionary<string, SqliteCommand> _commands = [];

    public SqliteTransaction? Transaction { get; set; }

    /// <summary>Runs a statement with positional parameters <c>?1, ?2 …</c></summary>
    /// <returns>The number of rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>Reads rows; dispose the reader before the next statement of the same text.</summary>
    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteReader();

    /// <summary>Reads all rows.</summary>
    public List<T> List<T>(Func<SqliteDataReader, T> read, string sql, params ReadOnlySpan<object?> values)
    {
        using var reader = Query(sql, values);
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i}" });
            _commands.Add(sql, command);
        }

        command.Transaction = Transaction;
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
        foreach (var command in _commands.Values)
            command.Dispose();
        connection.Dispose();
    }
}
