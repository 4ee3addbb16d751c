using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>All running MCP servers. They outlive the turn that started them and end after half an hour without use, or with the plugin. Thread-safe.</summary>
sealed class McpServers : IAsyncDisposable
{
    static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);
    static readonly TimeSpan Look = TimeSpan.FromMinutes(5);
    static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(10);

    readonly ConcurrentDictionary<string, McpConnection> _connections = new();
    readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = CallLimit };
    readonly TimeProvider _time;
    readonly ILogger<McpServers> _logger;

    // Most users have no servers, and nothing to look after.
    readonly Lazy<ITimer> _timer;

    public McpServers(TimeProvider time, ILogger<McpServers> logger)
    {
        (_time, _logger) = (time, logger);
        _timer = new(() => time.CreateTimer(static servers => ((McpServers)servers!).EndIdle(), this, Look, Look));
    }

    /// <summary>Those that somebody has asked for and that have not been idle for long.</summary>
    public IEnumerable<McpConnection> Known => _connections.Values;

    public McpConnection Get(McpServer server)
    {
        _ = _timer.Value;
        return _connections.GetOrAdd(server.Key, _ => new(server, _http, _time, _logger));
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer.IsValueCreated)
            await _timer.Value.DisposeAsync();
        await Task.WhenAll(_connections.Values.Select(connection => connection.DisposeAsync().AsTask()));
        _http.Dispose();
    }

    void EndIdle()
    {
        foreach (var (key, connection) in _connections)
            if (!connection.IsBusy && _time.GetUtcNow() - connection.LastUse > Idle && _connections.TryRemove(key, out _))
                _ = connection.DisposeAsync().AsTask();
    }
}
