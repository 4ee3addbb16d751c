using System.Collections.Concurrent;
using System.Threading.Channels;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Cowork.Host.Platform.Data;

/// <summary>
/// The database file. Reads run on any thread and never wait for a writer (WAL); every write goes through one thread, in
/// one transaction, in the order of arrival, so that nothing ever waits for SQLite's lock.
/// </summary>
sealed class Database : IAsyncDisposable
{
    // Made when first needed: EF takes its time and 20 MiB, and a start with nothing to migrate or recover does without it.
    readonly Lazy<Readers> _readers;
    readonly Channel<WriteJob> _jobs = Channel.CreateUnbounded<WriteJob>(new() { SingleReader = true });
    readonly ConcurrentBag<PreparedStatements> _idleStatements = [];
    readonly TaskCompletionSource _writerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly string _connectionString;
    int _started;

    public Database(ServerOptions options)
    {
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = options.DatabasePath,
            // The reference never enforced its foreign keys, so existing files may hold dangling rows.
            ForeignKeys = false,
            DefaultTimeout = 30,
        }.ToString();
        _readers = new(() => new(_connectionString));
    }

    /// <summary>A context for reading; dispose it. Rows are not tracked.</summary>
    public CoworkDb Read() => _readers.Value.Create();

    /// <summary>An open connection for statements that EF would only slow down; dispose it.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Reads with statements that stay prepared, where EF would cost more than the query: lists that clients poll.</summary>
    /// <param name="read">Must have disposed its readers when it returns.</param>
    public T Query<T>(Func<PreparedStatements, T> read)
    {
        if (!_idleStatements.TryTake(out var statements))
            statements = new(Open());
        try
        {
            return read(statements);
        }
        finally
        {
            _idleStatements.Add(statements);
        }
    }

    /// <summary>Whether a query finds a row; without EF, for the start.</summary>
    public bool Exists(string query)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar() is not null;
    }

    /// <summary>Runs one unit of work on the writer's thread in a transaction of its own.</summary>
    /// <param name="work">Synchronous; must not wait for anything. Saves are done by the caller's <c>SaveChanges</c> or by statements.</param>
    /// <param name="ct">Gives up while the work has not begun; once begun it is finished.</param>
    /// <returns>The work's result after the commit. An exception of the work rolls everything back and comes through.</returns>
    public Task<T> WriteAsync<T>(Func<WriteScope, T> work, CancellationToken ct = default)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            new Thread(RunWriter) { Name = "database writer", IsBackground = true }.Start();
        var job = new WriteJob<T>(work, ct);
        ObjectDisposedException.ThrowIf(!_jobs.Writer.TryWrite(job), this);
        return job.Task;
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<WriteScope> work, CancellationToken ct = default) =>
        WriteAsync<object?>(
            scope =>
            {
                work(scope);
                return null;
            },
            ct);

    /// <summary>Finishes what was asked for, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        if (_started == 1)
            await _writerEnded.Task;
        while (_idleStatements.TryTake(out var statements))
            statements.Dispose();
        SqliteConnection.ClearAllPools();
    }

    void RunWriter()
    {
        try
        {
            Write(_jobs.Reader);
        }
        catch (Exception e)
        {
            // There is no connection. An exception that left this thread would end the process; whoever wants to write gets it instead.
            while (WaitForJob(_jobs.Reader))
                while (_jobs.Reader.TryRead(out var job))
                    job.Fail(e);
        }

        _writerEnded.SetResult();
    }

    void Write(ChannelReader<WriteJob> jobs)
    {
        var connection = Open();
        using (var pragma = connection.CreateCommand())
        {
            // WAL with NORMAL survives a killed process; only a power cut may cost the last transactions.
            pragma.CommandText = "PRAGMA synchronous = NORMAL";
            pragma.ExecuteNonQuery();
        }

        using var scope = new WriteScope(connection);
        while (WaitForJob(jobs))
        {
            while (jobs.TryRead(out var job))
                job.Run(scope);
        }
    }

    /// <summary>Blocks this thread, which is the writer's own and no pool thread.</summary>
    static bool WaitForJob(ChannelReader<WriteJob> jobs)
    {
        var waiting = jobs.WaitToReadAsync();
        return waiting.IsCompleted ? waiting.GetAwaiter().GetResult() : waiting.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>EF's context over the writer's connection.</summary>
    internal static CoworkDb Writer(SqliteConnection connection) => new(Options(b => b.UseSqlite(connection)));

    static DbContextOptions<CoworkDb> Options(Action<DbContextOptionsBuilder<CoworkDb>> configure)
    {
        var builder = new DbContextOptionsBuilder<CoworkDb>();
        configure(builder);
        // The migrations are SQL, without model snapshots to compare the model with; a test compares it with a real file instead.
        builder.ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));
        return builder.Options;
    }

    /// <summary>A class of its own, for naming EF's generic type in a field of the database would load EF at every start.</summary>
    sealed class Readers(string connectionString)
    {
        readonly PooledDbContextFactory<CoworkDb> _contexts = new(Options(b => b.UseSqlite(connectionString).UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)));

        public CoworkDb Create() => _contexts.CreateDbContext();
    }

    abstract class WriteJob
    {
        public abstract void Run(WriteScope scope);

        public abstract void Fail(Exception e);
    }

    sealed class WriteJob<T>(Func<WriteScope, T> work, CancellationToken ct) : WriteJob
    {
        readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Task => _done.Task;

        public override void Fail(Exception e) => _done.SetException(e);

        public override void Run(WriteScope scope)
        {
            if (ct.IsCancellationRequested)
            {
                _done.SetCanceled(ct);
                return;
            }

            try
            {
                _done.SetResult(scope.InTransaction(work));
            }
            catch (Exception e)
            {
                _done.SetException(e);
            }
        }
    }
}
