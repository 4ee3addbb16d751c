using System.Globalization;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Data;

/// <summary>The server that uses the data now.</summary>
/// <param name="Address">Where it answers, or soon will; null when it is there for one call only.</param>
/// <param name="ProcessId">Its process; null for the moment until it has said so.</param>
sealed record DataUser(string? Address, int? ProcessId)
{
    public override string ToString() => Address is not null
        ? $"the server at {Address}"
        : string.Create(CultureInfo.InvariantCulture, $"{(ProcessId is { } id ? $"process {id}" : "a process")}, which answers one question");
}

/// <summary>
/// One process at a time uses a database file: a second one would close the turns of the first as left behind by a crash. It is
/// an operating-system lock on a file beside the database, so it goes with its process however that ends; the file stays. Another
/// file says where the server listens.
/// </summary>
sealed class DataLock(ServerOptions options, TimeProvider time) : IDisposable
{
    /// <summary>A server that was told to stop may still be storing what its turns had.</summary>
    static readonly TimeSpan UntilAServerHasStopped = ServerApp.ShutdownTimeout + TimeSpan.FromSeconds(1);

    /// <summary>The desktop app waits fifteen seconds for the whole start.</summary>
    static readonly TimeSpan UntilACallHasEnded = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(50);
    FileStream? _file;

    /// <summary>Takes the lock, waiting a little for it, and keeps it until disposed. Calls wait for one another as long as it takes.</summary>
    /// <exception cref="UsageException">Another process has it, or the file cannot be written.</exception>
    public async Task TakeAsync(CancellationToken ct)
    {
        var since = time.GetTimestamp();
        while ((_file = TryTake(options.DatabasePath)) is null)
        {
            if (UserOf(options.DatabasePath) is { } user && time.GetElapsedTime(since) > PatienceWith(user))
                throw new UsageException($"{options.DatabasePath} is in use by {user}. Stop it first, or choose another data folder with COWORK_HOME.");
            await Task.Delay(Retry, time, ct);
        }

        // Nobody else may count on a server that is about to end.
        var address = options.ServesOneCall || options.Port == 0 ? "" : options.Url;
        // Not written for good: the next start writes another one, and a start need not wait for the disk.
        File.WriteAllText(UserPath(options.DatabasePath), string.Create(CultureInfo.InvariantCulture, $"{address}\n{Environment.ProcessId}\n"));
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Who uses a database now; null when nobody does.</summary>
    public static DataUser? UserOf(string database)
    {
        if (!File.Exists(LockPath(database)))
            return null;
        using (var free = TryTake(database))
            if (free is not null)
                return null;
        try
        {
            var lines = File.ReadAllLines(UserPath(database));
            return lines is [var address, var process] && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? new(address.Length > 0 ? address : null, id)
                : new(null, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has not said so yet, or only to its own user.
            return new(null, null);
        }
    }

    TimeSpan PatienceWith(DataUser user) =>
        user.Address is not null ? UntilAServerHasStopped : options.ServesOneCall ? TimeSpan.MaxValue : UntilACallHasEnded;

    static string LockPath(string database) => Beside(database, "lock");

    /// <summary>A file of its own, because nobody else can read one that is locked.</summary>
    static string UserPath(string database) => Beside(database, "server");

    static string Beside(string database, string what) => Path.Combine(Path.GetDirectoryName(database)!, $".{Path.GetFileName(database)}.{what}");

    /// <returns>Null when another process has the lock.</returns>
    static FileStream? TryTake(string database)
    {
        try
        {
            PrivateFolder.Create(Path.GetDirectoryName(database)!);
            return new(LockPath(database), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(LockPath(database)))
        {
            return null;
        }
        catch (Exception e) when (DatabaseProblem.Explain(e, database) is { } sentence)
        {
            throw new UsageException(sentence, e);
        }
    }
}
