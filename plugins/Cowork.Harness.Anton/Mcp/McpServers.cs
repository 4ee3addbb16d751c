using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>All running MCP servers. They outlive the turn that started them and end after half an hour without use, or with the plugin.</summary>
sealed class McpServers(TimeProvider time, ILogger<McpServers> logger) : IAsyncDisposable
{
    static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);
    static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(10);

    readonly ConcurrentDictionary<string, McpConnection> _connections = new();
    readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = CallLimit };

    public McpConnection Get(McpServer server)
    {
        EndIdle();
        return _connections.GetOrAdd(server.Key, _ => new(server, _http, time, logger));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_connections.Values.Select(connection => connection.DisposeAsync().AsTask()));
        _http.Dispose();
    }

    void EndIdle()
    {
        foreach (var (key, connection) in _connections)
            if (time.GetUtcNow() - connection.LastUse > Idle && _connections.TryRemove(key, out _))
                _ = connection.DisposeAsync().AsTask();
    }
}
