using System.Text.Json;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>The line between server and child: one JSON object per line, both ways.</summary>
sealed class ChildLine
{
    readonly ChildProcess _process;
    readonly Action<ChildEvent> _hear;
    readonly SemaphoreSlim _writing = new(1);

    /// <param name="process">The child; its standard streams are the line.</param>
    /// <param name="hear">Gets everything that the child says, in order.</param>
    public ChildLine(ChildProcess process, Action<ChildEvent> hear)
    {
        (_process, _hear) = (process, hear);
        Closed = ReadAsync();
    }

    /// <summary>Completes when the child has hung up and all that it said was heard.</summary>
    public Task Closed { get; }

    public Task SendAsync(ChildOrder order) => WriteAsync(JsonSerializer.SerializeToUtf8Bytes(order, ChildJson.Default.ChildOrder));

    /// <summary>The first two things that a child gets.</summary>
    public async Task SendAsync(byte[] program, ChildGreeting greeting, CancellationToken ct)
    {
        await _process.Input.WriteAsync(program, ct);
        await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(greeting, ChildJson.Default.ChildGreeting));
    }

    async Task ReadAsync()
    {
        try
        {
            while (await _process.Output.ReadLineAsync() is { } line)
                if (Parse(line) is { } e)
                    _hear(e);
        }
        catch (IOException)
        {
            // The process is gone.
        }
    }

    /// <summary>A cell can reach the line if it wants to; what it writes there must not end the reading.</summary>
    static ChildEvent? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ChildJson.Default.ChildEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    async Task WriteAsync(byte[] line)
    {
        await _writing.WaitAsync();
        try
        {
            await _process.Input.WriteAsync(line);
            await _process.Input.WriteAsync("\n"u8.ToArray());
            await _process.Input.FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone; who waits for it hears that from the reader.
        }
        finally
        {
            _writing.Release();
        }
    }
}
