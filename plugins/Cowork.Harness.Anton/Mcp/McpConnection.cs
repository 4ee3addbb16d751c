using Cowork.Harness.Anton.Tools;
using Cowork.Harness.Anton.Tools.Commands;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Cowork.Harness.Anton.Mcp;

/// <summary>A running MCP server. Starts when it is first asked for, again after a failure when some time has passed. Thread-safe.</summary>
sealed partial class McpConnection(McpServer server, HttpClient http, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(30);

    /// <summary>How long a call may take in silence; every report of progress begins it anew.</summary>
    static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(2);

    readonly Lock _gate = new();
    readonly CancellationTokenSource _closed = new();
    Task<Session>? _session;
    Session? _ready;
    int _calls;
    DateTimeOffset _startedAt;

    public McpServer Server => server;

    /// <summary>A call that goes on counts as use.</summary>
    public bool IsBusy => Volatile.Read(ref _calls) > 0;

    public DateTimeOffset LastUse { get; private set; } = time.GetUtcNow();

    /// <summary>Why it cannot be used, for people; <c>null</c> while it can or nobody knows.</summary>
    public string? Problem { get; private set; }

    public string State => _session switch
    {
        null => "idle",
        { IsCompletedSuccessfully: true } => "ready",
        { IsCompleted: true } => "failed",
        _ => "starting",
    };

    public int ToolCount => _ready?.Tools.Count ?? 0;

    /// <summary>The server's tools.</summary>
    /// <exception cref="ToolException">It cannot be used; the message says why.</exception>
    public async Task<IReadOnlyList<Tool>> ToolsAsync(CancellationToken ct) => (await SessionAsync(ct)).Tools;

    /// <summary>Calls a tool. A server that has ended meanwhile is started again for the next call.</summary>
    /// <exception cref="ToolException">It could not be called.</exception>
    public async Task<CallToolResult> CallAsync(string tool, IReadOnlyDictionary<string, object?> arguments, CancellationToken ct)
    {
        var session = await SessionAsync(ct);
        Interlocked.Increment(ref _calls);
        using var silence = new CancellationTokenSource(LongestSilence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, silence.Token);
        try
        {
            return await session.Client.CallToolAsync(tool, arguments, new Progress(silence), null, either.Token);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // Whatever it still does, nobody waits for; the next call gets a new one.
            Forget(session, new TimeoutException());
            throw new ToolException($"The MCP server “{server.Name}” said nothing for {LongestSilence.TotalMinutes:0} minutes, so the call was given up. It may have been carried out all the same.");
        }
        catch (ModelContextProtocol.McpException e) when (e is ModelContextProtocol.McpProtocolException)
        {
            // The server's own words about the call, which is what the model needs.
            throw new ToolException($"The MCP server “{server.Name}” refused the call: {e.Message}");
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Forget(session, e);
            throw new ToolException($"The MCP server “{server.Name}” has ended or does not answer. Calling again starts it anew.");
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
            LastUse = time.GetUtcNow();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        if (_session is { } session)
            await CloseAsync(session);
    }

    Task<Session> SessionAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            LastUse = time.GetUtcNow();
            var mayStart = _session is null || (_session.IsFaulted && LastUse - _startedAt >= PauseAfterFailure);
            if (mayStart)
            {
                _startedAt = LastUse;
                _session = StartAsync();
            }

            return _session!.WaitAsync(ct);
        }
    }

    async Task<Session> StartAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
        limit.CancelAfter(LongestStart);
        try
        {
            var client = await McpClient.CreateAsync(Transport(), new() { ClientInfo = new() { Name = "cowork-anton", Version = "1" } }, null, limit.Token);
            var tools = await client.ListToolsAsync(cancellationToken: limit.Token);
            Problem = null;
            ServerStarted(logger, server.Name, tools.Count);
            return _ready = new(client, [.. tools.Select(tool => tool.ProtocolTool).OrderBy(tool => tool.Name, StringComparer.Ordinal)]);
        }
        catch (Exception e)
        {
            ServerFailed(logger, e, server.Name);
            Problem = e is OperationCanceledException
                ? $"The MCP server “{server.Name}” did not answer within {LongestStart.TotalSeconds:0} seconds."
                : $"The MCP server “{server.Name}” could not be {(server.Config.Url is null ? "started. Check its command" : "reached. Check its url")} in the settings file.";
            throw new ToolException(Problem);
        }
    }

    IClientTransport Transport()
    {
        var config = server.Config;
        if (config.Url is { } url)
            return new HttpClientTransport(new() { Endpoint = url, Name = server.Name, AdditionalHeaders = config.Headers?.ToDictionary() }, http, null, ownsHttpClient: false);
        var variables = ChildEnvironment.Create();
        foreach (var (name, value) in config.Env ?? new Dictionary<string, string>())
            variables[name] = value;
        return new StdioClientTransport(new()
        {
            Command = config.Command!,
            Arguments = [.. config.Args ?? []],
            Name = server.Name,
            WorkingDirectory = Path.Combine(server.Folder ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), config.Cwd ?? ""),
            // Nothing of the server's own environment: it may hold keys.
            InheritEnvironmentVariables = false,
            EnvironmentVariables = variables.ToDictionary(v => v.Key, v => (string?)v.Value),
            StandardErrorLines = line => ServerSaid(logger, server.Name, line),
        });
    }

    void Forget(Session session, Exception e)
    {
        ServerFailed(logger, e, server.Name);
        lock (_gate)
        {
            if (_ready != session)
                return;
            _session = null;
            _ready = null;
        }

        _ = CloseAsync(Task.FromResult(session));
    }

    static async Task CloseAsync(Task<Session> session)
    {
        try
        {
            await (await session).Client.DisposeAsync();
        }
        catch (Exception)
        {
            // It never started, or is gone already; both are what was wanted, and the log has the reason.
        }
    }

    [LoggerMessage(LogLevel.Information, "MCP server {Server} started with {Tools} tools")]
    static partial void ServerStarted(ILogger logger, string server, int tools);

    [LoggerMessage(LogLevel.Warning, "MCP server {Server} failed")]
    static partial void ServerFailed(ILogger logger, Exception e, string server);

    [LoggerMessage(LogLevel.Debug, "MCP server {Server}: {Line}")]
    static partial void ServerSaid(ILogger logger, string server, string line);

    sealed record Session(McpClient Client, IReadOnlyList<Tool> Tools);

    /// <summary>A server that reports is alive.</summary>
    sealed class Progress(CancellationTokenSource silence) : IProgress<ModelContextProtocol.ProgressNotificationValue>
    {
        public void Report(ModelContextProtocol.ProgressNotificationValue value)
        {
            try
            {
                silence.CancelAfter(LongestSilence);
            }
            catch (ObjectDisposedException)
            {
                // The call has ended meanwhile.
            }
        }
    }
}
