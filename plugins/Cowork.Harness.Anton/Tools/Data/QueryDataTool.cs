using System.Globalization;
using System.Text;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools.Files;
using SQLitePCL;

namespace Cowork.Harness.Anton.Tools.Data;

/// <summary>Answers SQL queries over files with tables.</summary>
sealed class QueryDataTool(TimeProvider time) : ITool
{
    const int MaxFiles = 8;
    const int MaxRows = 200;
    const int MaxChars = 20_000;
    const int MaxCell = 500;
    const byte WriteAheadLog = 2;
    const long MaxCsv = 64 * 1024 * 1024;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public ToolSpec Spec { get; } = new(
        "query_data",
        "Query CSV, TSV and SQLite files of the project, or attached ones, with one SQLite SELECT. A CSV is the table named like its file without extension. Without sql it answers tables and columns.",
        BinaryData.FromString("""{"type":"object","properties":{"files":{"type":"array","items":{"type":"string"}},"sql":{"type":"string"}},"required":["files"]}"""));

    public bool IsReadOnly => true;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.QueryDataArguments);
        if (arguments.Files.Count is 0 or > MaxFiles)
            throw new ToolException($"Name one to {MaxFiles} files.");
        var files = arguments.Files.Select(file => (Name: file, Path: ProjectFiles.Readable(context, file))).ToList();
        using var timeout = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            return await ProjectFiles.TryAsync(string.Join(", ", arguments.Files), () => Task.Run(() => Run(files, arguments.Sql, either.Token), either.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or QueryException { Code: raw.SQLITE_INTERRUPT })
        {
            ct.ThrowIfCancellationRequested();
            throw new ToolException($"The query took longer than {Limit.TotalSeconds} seconds. Narrow it, or use the scratchpad.");
        }
        catch (QueryException e)
        {
            throw new ToolException(e.Code is raw.SQLITE_AUTH or raw.SQLITE_READONLY
                ? "Only SELECT is possible here: files are never changed. Write results with write_file."
                : $"SQLite says: {e.Message}. Call query_data without sql to see tables and columns.");
        }
    }

    static ToolOutcome Run(IReadOnlyList<(string Name, string Path)> files, string? sql, CancellationToken ct)
    {
        using var data = new DataSession(ct);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "main", "temp" };
        var schemas = new List<string> { "main" };
        foreach (var (file, path) in files)
        {
            var name = CsvTable.Unique(NameOf(data, path), names);
            if (Header(path) is { } header)
            {
                RefusePipesBeside(path);
                // A database with a write-ahead log would get two files beside it, even to be read.
                data.Attach(name, path, isIdle: header[18] == WriteAheadLog && !File.Exists($"{path}-wal"));
                schemas.Add(name);
            }
            else
            {
                data.Load(name, CsvTable.Of(ReadText(file, path), Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : null), ct);
            }
        }

        data.Seal();
        return new(string.IsNullOrWhiteSpace(sql) ? Describe(data, schemas) : Markdown(data.Query(sql, MaxRows, MaxChars)));
    }

    /// <summary>The beginning of a SQLite file, or <c>null</c> for any other.</summary>
    static byte[]? Header(string path)
    {
        using var file = ProjectFiles.OpenRead(path);
        var head = new byte[20];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.AsSpan().StartsWith("SQLite format 3\0"u8) ? head : null;
    }

    /// <summary>SQLite opens these by itself, and would wait for a pipe.</summary>
    static void RefusePipesBeside(string path)
    {
        foreach (var beside in new[] { $"{path}-journal", $"{path}-wal", $"{path}-shm" }.Where(File.Exists))
            ProjectFiles.OpenRead(beside).Dispose();
    }

    static string ReadText(string file, string path)
    {
        using var stream = ProjectFiles.OpenRead(path);
        if (stream.Length > MaxCsv)
            throw new ToolException($"“{file}” is larger than {MaxCsv / 1024 / 1024} MiB. Read it in the scratchpad.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return TextEncodings.Detect(bytes, isWhole: true)?.Decode(bytes)
            ?? throw new ToolException($"“{file}” is neither a table of separated values nor a SQLite file. Read it in the scratchpad.");
    }

    /// <summary>The file's name as a word that needs no quotes in SQL.</summary>
    static string NameOf(DataSession data, string path)
    {
        var name = string.Concat(Path.GetFileNameWithoutExtension(path).Select(c => char.IsLetterOrDigit(c) ? c : '_'));
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return $"t_{name}";
        return data.IsName(name) ? name : $"{name}_";
    }

    static string Describe(DataSession data, List<string> schemas)
    {
        const int MaxTables = 100;
        var text = new StringBuilder();
        foreach (var schema in schemas)
        {
            foreach (var table in data.Query($"SELECT name FROM \"{schema}\".sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name", MaxTables).Rows)
            {
                var quoted = table[0].Replace("'", "''", StringComparison.Ordinal);
                var columns = data.Query($"SELECT name, type FROM pragma_table_info('{quoted}', '{schema}')", 1000).Rows.Select(column => column[1].Length > 0 ? $"{column[0]} {column[1]}" : column[0]);
                text.Append(CultureInfo.InvariantCulture, $"{(schema == "main" ? "" : $"{schema}.")}{table[0]} ({string.Join(", ", columns)})\n");
            }
        }

        return text.Length == 0 ? "There are no tables." : Cut(text.ToString().TrimEnd('\n'));
    }

    static string Markdown(QueryResult result)
    {
        if (result.Columns.Count == 0)
            return "(no columns)";
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", result.Columns.Select(Cell)).Append(" |\n|").Insert(text.Length, " --- |", result.Columns.Count).Append('\n');
        var shown = 0;
        foreach (var row in result.Rows.Take(MaxRows))
        {
            var length = text.Length;
            text.Append("| ").AppendJoin(" | ", row.Select(Cell)).Append(" |\n");
            if (text.Length > MaxChars && shown > 0)
            {
                text.Length = length;
                break;
            }

            shown++;
        }

        text.Append(CultureInfo.InvariantCulture, $"({(shown < result.Rows.Count || !result.IsWhole ? $"only the first {shown} rows; narrow the query, or aggregate" : $"{shown} {(shown == 1 ? "row" : "rows")}")})");
        return text.ToString();
    }

    static string Cell(string value)
    {
        var line = value.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
        return line.Length > MaxCell ? $"{line[..MaxCell]}…" : line;
    }

    static string Cut(string text) => text.Length <= MaxChars ? text : $"{text[..MaxChars]}\n[the rest is left out]";
}

sealed record QueryDataArguments
{
    public required IReadOnlyList<string> Files { get; init; }

    public string? Sql { get; init; }
}
