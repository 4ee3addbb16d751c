using System.Text;
using Cowork.Harness.Anton.Tools.Data;
using SQLitePCL;

namespace Cowork.Harness.Anton.Tests.Tools.Data;

public sealed class QueryDataTests
{
    [Fact]
    public async Task A_csv_is_a_table_with_guessed_types()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("data/sales-2026.csv", "region,amount,share,zip,note\nNorth,10,0.5,01234,\"a, \"\"b\"\"\nc\"\nSouth,20,1e2,56789,\nSouth,,,,x|y\n");

        Assert.Equal("sales_2026 (region TEXT, amount INTEGER, share REAL, zip TEXT, note TEXT)", await tools.TextAsync("query_data", new { files = new[] { "data/sales-2026.csv" } }));
        Assert.Equal(
            "| region | sum | n |\n| --- | --- | --- |\n| North | 10 | 1 |\n| South | 20 | 2 |\n(2 rows)",
            await QueryAsync(tools, "data/sales-2026.csv", "SELECT region, sum(amount) AS sum, count(*) AS n FROM sales_2026 GROUP BY region;"));
        Assert.Equal(
            "| zip | note |\n| --- | --- |\n| 01234 | a, \"b\" c |\n| 56789 |  |\n|  | x\\|y |\n(3 rows)",
            await QueryAsync(tools, "data/sales-2026.csv", "SELECT zip, note FROM sales_2026"));
    }

    [Theory]
    [InlineData("a.csv", "x;y\n1,5;2\n3,5;4\n", "x TEXT, y INTEGER")] // semicolons, decimal commas
    [InlineData("a.tsv", "x\ty, z\n1\t2\n", "x INTEGER, y, z INTEGER")] // tabs, whatever the commas say
    [InlineData("a.txt", "x|y\n1|2\n", "x INTEGER, y INTEGER")] // bars
    [InlineData("a.csv", "1,2\n3,4\n", "c1 INTEGER, c2 INTEGER")] // no header
    [InlineData("a.csv", ",x,y\n0,1,a\n", "c1 INTEGER, x INTEGER, y TEXT")] // an index without a name
    [InlineData("a.csv", "x,,\n1,2,3\n", "c1 TEXT, c2 INTEGER, c3 INTEGER")] // mostly gaps
    [InlineData("a.csv", "x,X\n1,2\n", "x INTEGER, X_2 INTEGER")] // the same name twice
    [InlineData("a.csv", "x,y\r\n1,2\r\n\r\n3,4,5\r\n", "x INTEGER, y INTEGER, c3 INTEGER")] // other line ends, a row that is too long
    [InlineData("a.csv", "id,n\n12345678901234567890,1\n", "id TEXT, n INTEGER")] // longer than any number
    public async Task Tables_are_understood_however_they_are_written(string path, string content, string columns)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(path, content);

        Assert.Equal($"a ({columns})", await tools.TextAsync("query_data", new { files = new[] { path } }));
    }

    [Fact]
    public async Task Encodings_and_attached_files_are_understood_and_files_can_be_joined()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Attach("names.csv", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("id,name\n1,Größe\n2,日本\n")]);
        Database(tools.Write("shop.db", ""), "CREATE TABLE orders (id INTEGER, total REAL); INSERT INTO orders VALUES (1, 9.5), (2, 1.25)");
        var files = new[] { "names.csv", "shop.db" };

        Assert.Equal("names (id INTEGER, name TEXT)\nshop.orders (id INTEGER, total REAL)", await tools.TextAsync("query_data", new { files }));
        Assert.Equal(
            "| name | total |\n| --- | --- |\n| Größe | 9.5 |\n| 日本 | 1.25 |\n(2 rows)",
            await tools.TextAsync("query_data", new { files, sql = "SELECT name, total FROM names JOIN orders USING (id) ORDER BY id" }));
    }

    [Theory]
    [InlineData("DELETE FROM orders")] // writes
    [InlineData("DROP TABLE orders")] // writes
    [InlineData("CREATE TEMP TABLE x AS SELECT 1")] // writes elsewhere
    [InlineData("INSERT INTO a VALUES (1)")] // writes to a loaded table
    [InlineData("ATTACH '/etc/passwd' AS p")] // opens another file
    [InlineData("VACUUM INTO 'copy.db'")] // writes a file
    [InlineData("PRAGMA query_only = OFF")] // unlocks
    [InlineData("PRAGMA writable_schema = ON")] // unlocks
    [InlineData("SELECT load_extension('x')")] // runs code
    [InlineData("SELECT writefile('x', 'y')")] // writes a file in some builds
    [InlineData("BEGIN")] // holds a lock
    [InlineData("SELECT 1; DELETE FROM orders")] // two statements
    [InlineData("SELECT FROM")] // no SQL
    [InlineData("SELECT * FROM missing")] // no such table
    [InlineData("-- nothing")] // no statement
    public async Task Only_reading_is_possible(string sql)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        var path = tools.Write("shop.db", "");
        Database(path, "CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1)");
        tools.Write("a.csv", "x\n1\n2\n");
        var before = await File.ReadAllBytesAsync(path);

        await tools.FailAsync("query_data", new { files = new[] { "shop.db", "a.csv" }, sql });

        Assert.Equal(before, await File.ReadAllBytesAsync(path));
        Assert.Equal(2, Directory.EnumerateFiles(tools.Project).Count());
    }

    [Fact]
    public async Task A_database_with_an_awkward_name_opens()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Database(tools.Write("it's 100%?#.db", ""), "CREATE TABLE t (x); INSERT INTO t VALUES ('y')");

        Assert.EndsWith("| y |\n(1 row)", await QueryAsync(tools, "it's 100%?#.db", "SELECT x FROM t"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_with_a_write_ahead_log_is_read_and_gets_nothing_beside_it()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Database(tools.Write("shop.db", ""), "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (7)");

        Assert.EndsWith("| 7 |\n(1 row)", await QueryAsync(tools, "shop.db", "SELECT x FROM t"), StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(tools.Project));
    }

    [Fact]
    public async Task What_another_program_has_just_written_is_seen()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Batteries_V2.Init();
        raw.sqlite3_open(tools.Write("shop.db", ""), out var writer);
        using (writer)
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(writer, "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (7)"));

            Assert.EndsWith("| 7 |\n(1 row)", await QueryAsync(tools, "shop.db", "SELECT x FROM t"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Long_results_are_cut_and_said_to_be()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.csv", "x\n1\n2\n");
        const string Many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) SELECT ";

        var rows = await QueryAsync(tools, "a.csv", $"{Many} i FROM n");
        var wide = await QueryAsync(tools, "a.csv", $"{Many} printf('%0400d', i) AS w FROM n");

        Assert.Equal(203, rows.Split('\n').Length);
        Assert.EndsWith("(only the first 200 rows; narrow the query, or aggregate)", rows, StringComparison.Ordinal);
        Assert.InRange(wide.Length, 19_000, 20_200);
        Assert.Contains("(only the first 4", wide, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_without_end_is_stopped_by_its_time_and_by_the_user()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.csv", "x\n1\n2\n");
        var arguments = new { files = new[] { "a.csv" }, sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n" };

        var late = tools.FailAsync("query_data", arguments);
        tools.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains("30 seconds", await late, StringComparison.Ordinal);

        using var stop = new CancellationTokenSource();
        var stopped = tools.RunAsync("query_data", arguments, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
    }

    [Fact]
    public void Huge_values_are_read_only_as_far_as_they_are_shown()
    {
        using var data = new DataSession(TestContext.Current.CancellationToken);
        data.Seal();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var result = data.Query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) SELECT printf('%.*c', 8000000, 'x') FROM n", maxRows: 200, maxChars: 20_000);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.InRange(result.Rows.Count, 20, 59);
        Assert.False(result.IsWhole);
    }

    [Fact]
    public async Task A_result_that_is_cut_by_its_length_says_so()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.csv", "a,b\n1,2");

        var text = await QueryAsync(tools, "a.csv", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) SELECT printf('%.*c', 100000, 'ü') FROM n");

        Assert.InRange(text.Length, 1, 21_000);
        Assert.Matches(@"\(only the first \d\d rows; narrow the query, or aggregate\)$", text);
    }

    [Theory]
    [InlineData("order.csv", "order_")]
    [InlineData("Group.csv", "Group_")]
    [InlineData("select.csv", "select_")]
    [InlineData("left.csv", "left")] // means something only behind a table
    [InlineData("sales.csv", "sales")]
    public async Task A_file_that_is_named_like_a_word_of_SQL_can_be_asked_for_without_quotes(string file, string table)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(file, "a,b\n1,2");

        Assert.StartsWith($"{table} (", await tools.TextAsync("query_data", new { files = new[] { file } }), StringComparison.Ordinal);
        Assert.Contains("| 2 |", await QueryAsync(tools, file, $"SELECT b FROM {table}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_holds_no_table_is_refused()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.bin", [1, 0, 2]);
        tools.Write("empty.csv", "\n\n");
        tools.Write("broken.db", [.. "SQLite format 3\0"u8, .. new byte[200]]);

        foreach (var file in (string[])["a.bin", "empty.csv", "broken.db", "missing.csv"])
            await tools.FailAsync("query_data", new { files = new[] { file } });
        await tools.FailAsync("query_data", new { files = Array.Empty<string>() });
        await tools.FailAsync("query_data", new { files = Enumerable.Repeat("a.csv", 9) });
    }

    static Task<string> QueryAsync(ToolsUnderTest tools, string file, string sql) => tools.TextAsync("query_data", new { files = new[] { file }, sql });

    static void Database(string path, string sql)
    {
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(path, out var db));
        using (db)
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(db, sql));
    }
}
