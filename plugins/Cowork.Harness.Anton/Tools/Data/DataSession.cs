using System.Globalization;
using System.Text;
using SQLitePCL;

namespace Cowork.Harness.Anton.Tools.Data;

/// <summary>
/// One query's database: in memory, with tables loaded from text files and SQLite files attached for reading. Used by one thread. The raw
/// library, because the pool of the usual one hangs on events of the process and would keep the plugin from being unloaded.
/// </summary>
sealed class DataSession : IDisposable
{
    const int MaxValue = 8 * 1024 * 1024;

    // More of a value is never shown; a query can make many of the largest size.
    const int MaxText = 512;
    const int StepsBetweenChecks = 10_000;

    // What a query may do: select, read, call functions, recurse, and ask which tables and columns there are.
    static readonly HashSet<int> Harmless = [raw.SQLITE_SELECT, raw.SQLITE_READ, raw.SQLITE_RECURSIVE];
    static readonly HashSet<string> Pragmas = new(StringComparer.OrdinalIgnoreCase) { "table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list" };

    readonly sqlite3 _db;

    static DataSession() => Batteries_V2.Init();

    public DataSession(CancellationToken ct)
    {
        Check(raw.sqlite3_open_v2(":memory:", out _db, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_URI, null));
        raw.sqlite3_limit(_db, raw.SQLITE_LIMIT_LENGTH, MaxValue);
        raw.sqlite3_progress_handler(_db, StepsBetweenChecks, static token => ((CancellationToken)token).IsCancellationRequested ? 1 : 0, ct);
    }

    /// <summary>Loads a table of separated values.</summary>
    public void Load(string table, CsvTable csv, CancellationToken ct)
    {
        var columns = csv.Columns.Select(column => $"{Quote(column.Name)} {column.Type}");
        Execute($"BEGIN; CREATE TABLE {Quote(table)} ({string.Join(", ", columns)})");
        Check(raw.sqlite3_prepare_v2(_db, $"INSERT INTO {Quote(table)} VALUES ({string.Join(", ", csv.Columns.Select(_ => "?"))})", out var insert));
        using (insert)
        {
            foreach (var row in csv.Rows)
            {
                ct.ThrowIfCancellationRequested();
                for (var i = 0; i < csv.Columns.Count; i++)
                    Check(i < row.Count && row[i].Length > 0 ? raw.sqlite3_bind_text(insert, i + 1, row[i]) : raw.sqlite3_bind_null(insert, i + 1));
                Check(raw.sqlite3_step(insert), raw.SQLITE_DONE);
                raw.sqlite3_reset(insert);
            }
        }

        Execute("COMMIT");
    }

    /// <summary>Attaches a SQLite file for reading only.</summary>
    /// <param name="schema">Its name in queries.</param>
    /// <param name="path">The file.</param>
    /// <param name="isIdle">Whether nobody has it open, so that no lock and no file beside it is needed.</param>
    public void Attach(string schema, string path, bool isIdle)
    {
        var uri = $"{new Uri(path).AbsoluteUri.Replace("'", "%27", StringComparison.Ordinal)}?{(isIdle ? "immutable=1" : "mode=ro")}";
        Execute($"ATTACH '{uri}' AS {Quote(schema)}");
        Execute($"SELECT count(*) FROM {Quote(schema)}.sqlite_master");
    }

    /// <summary>From here on nothing can be changed and no other file opened.</summary>
    public void Seal()
    {
        Execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF");
        raw.sqlite3_set_authorizer(_db, static (_, action, first, second, _, _) => IsAllowed(action, first.utf8_to_string(), second.utf8_to_string()) ? raw.SQLITE_OK : raw.SQLITE_DENY, null);
    }

    /// <summary>Whether a word of letters and digits can name a table without quotes; SQL keeps some for itself.</summary>
    public bool IsName(string word)
    {
        var code = raw.sqlite3_prepare_v2(_db, $"SELECT 1 FROM (SELECT 1) AS {word}", out var statement);
        statement?.Dispose();
        return code == raw.SQLITE_OK;
    }

    /// <summary>Runs one query.</summary>
    /// <param name="sql">The query.</param>
    /// <param name="maxRows">One more row than this is read, to know that there are more.</param>
    /// <param name="maxChars">About so many characters are read; the row that passes them is the last one.</param>
    public QueryResult Query(string sql, int maxRows, int maxChars = int.MaxValue)
    {
        Check(raw.sqlite3_prepare_v2(_db, sql, out var statement, out var rest));
        using (statement)
        {
            if (statement.IsInvalid)
                throw new ToolException("There is no query in sql.");
            if (rest.Trim().TrimEnd(';').Trim().Length > 0)
                throw new ToolException("Only one statement at a time. Send the next one in another call.");
            var columns = Enumerable.Range(0, raw.sqlite3_column_count(statement)).Select(i => raw.sqlite3_column_name(statement, i).utf8_to_string()).ToList();
            var rows = new List<IReadOnlyList<string>>();
            for (long chars = 0; rows.Count <= maxRows && chars <= maxChars; chars += rows[^1].Sum(value => value.Length))
            {
                var code = raw.sqlite3_step(statement);
                if (code == raw.SQLITE_DONE)
                    return new(columns, rows, IsWhole: true);
                Check(code, raw.SQLITE_ROW);
                rows.Add([.. columns.Select((_, i) => Value(statement, i))]);
            }

            return new(columns, rows, IsWhole: false);
        }
    }

    public void Dispose() => _db.Dispose();

    static bool IsAllowed(int action, string? first, string? second) =>
        Harmless.Contains(action)
        || (action == raw.SQLITE_FUNCTION && second is not "load_extension")
        || (action == raw.SQLITE_PRAGMA && Pragmas.Contains(first ?? ""));

    static string Value(sqlite3_stmt statement, int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_NULL => "",
        raw.SQLITE_INTEGER => raw.sqlite3_column_int64(statement, column).ToString(CultureInfo.InvariantCulture),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(statement, column).ToString(CultureInfo.InvariantCulture),
        raw.SQLITE_BLOB => string.Create(CultureInfo.InvariantCulture, $"({raw.sqlite3_column_bytes(statement, column)} bytes)"),
        _ => Text(raw.sqlite3_column_blob(statement, column)),
    };

    /// <summary>Decoded only as far as it is of use.</summary>
    static string Text(ReadOnlySpan<byte> value)
    {
        var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, 4 * MaxText)]);
        return text.Length > MaxText ? text[..MaxText] : text;
    }

    static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    void Execute(string sql) => Check(raw.sqlite3_exec(_db, sql));

    void Check(int code, int expected = raw.SQLITE_OK)
    {
        if (code != expected)
            throw new QueryException(code & 0xFF, raw.sqlite3_errmsg(_db).utf8_to_string());
    }
}

/// <param name="Columns">Names of the columns.</param>
/// <param name="Rows">Values as text, long ones without their end; empty for NULL.</param>
/// <param name="IsWhole">Whether these are all rows.</param>
sealed record QueryResult(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, bool IsWhole);

/// <summary>SQLite refused.</summary>
sealed class QueryException(int code, string message) : Exception(message)
{
    public int Code => code;
}
