using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>The built executable as a process of its own, on a free port and with a home folder of its own.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    static readonly string Executable = Path.Combine(Built("HostDirectory"), OperatingSystem.IsWindows() ? "cowork-server.exe" : "cowork-server");

    Process? _process;
    (string Name, string Value)[] _variables = [];

    public string Home { get; } = Directory.CreateTempSubdirectory("cowork-e2e-").FullName;

    public int Port { get; } = FreePort();

    public CoworkClient Client { get; private set; } = null!;

    /// <summary>A home and a port to run command lines with.</summary>
    public static ServerProcess NotStarted() => new();

    /// <summary>Starts a server on a fresh home.</summary>
    /// <param name="ct">The test's token.</param>
    /// <param name="variables">Variables of its environment, for every start.</param>
    public static async Task<ServerProcess> StartAsync(CancellationToken ct, params (string Name, string Value)[] variables)
    {
        var server = new ServerProcess { _variables = variables };
        await server.RestartAsync(ct);
        return server;
    }

    /// <summary>Starts the process and waits until it answers.</summary>
    public async Task RestartAsync(CancellationToken ct)
    {
        _process = Launch(Port);
        // Whatever it prints must be read, or it would stop when the pipe is full.
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Client = new(new($"http://127.0.0.1:{Port}"));
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var health = await Client.Http.GetAsync("health", ct);
                    return health.IsSuccessStatusCode;
                }
                catch (HttpRequestException e)
                {
                    return _process.HasExited ? throw new InvalidOperationException($"The server ended with {_process.ExitCode}.", e) : false;
                }
            },
            ct);
    }

    /// <summary>Whether a turn of the conversation runs in this server.</summary>
    public async Task<bool> RunsAsync(Guid conversation, CancellationToken ct) =>
        (await Client.Http.GetStringAsync("responses/in-flight-list", ct)).Contains($"{conversation}", StringComparison.Ordinal);

    /// <summary>Lets scripts go on that wait for a file of this name.</summary>
    public Task LetGoAsync(string file, CancellationToken ct) => File.WriteAllTextAsync(Path.Combine(Home, ".cowork", "projects", "general", file), "", ct);

    /// <summary>Waits until Anton has looked for Python: on a slow machine the first turn would go without.</summary>
    public Task PythonSearchedAsync(CancellationToken ct) => Eventually.TrueAsync(
        async () => JsonNode.Parse(await Client.Http.GetStringAsync("plugins", ct))!["plugins"]!.AsArray()
            .SelectMany(plugin => plugin!["jobs"]!.AsArray())
            .Any(job => job!["id"]!.GetValue<string>() == "scratchpad-upkeep" && job["last_outcome"] is not null),
        ct);

    /// <summary>Linux: the files that are mapped into the process. It must run with <c>COWORK_DEBUGGABLE</c>.</summary>
    public string LoadedFiles() => File.ReadAllText($"/proc/{_process!.Id}/maps");

    /// <summary>Ends the process as a power cut or an impatient user would: no signal that it could handle.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(ct);
        _process.Dispose();
        _process = null;
        Client.Dispose();
    }

    /// <summary>Copies a test plugin into the user's plugins folder, over what is there.</summary>
    public void Drop(string build, string name) => CopyPlugin(Path.Combine(AppContext.BaseDirectory, "assets", build), name);

    /// <summary>A server that also has the agents of the script plugin.</summary>
    public static async Task<ServerProcess> StartWithScriptsAsync(CancellationToken ct)
    {
        var server = new ServerProcess();
        server.CopyPlugin(Built("ScriptPluginDirectory"), "Cowork.Test.Script");
        await server.RestartAsync(ct);
        return server;
    }

    public int Id => _process!.Id;

    /// <summary>What the process has in memory now, in MiB.</summary>
    public double Memory
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Runs a command line of the executable to its end.</summary>
    /// <returns>Exit code, standard output and standard error.</returns>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(CancellationToken ct, params string[] arguments) => RunAsync(Port, ct, arguments);

    /// <summary>The same with another port in its environment.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(int port, CancellationToken ct, params string[] arguments)
    {
        using var process = Launch(port, arguments);
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await KillAsync(CancellationToken.None);
        Directory.Delete(Home, recursive: true);
    }

    /// <summary>Starts a command line of the executable; whoever asked disposes it.</summary>
    public Process Launch(params string[] arguments) => Launch(Port, arguments);

    Process Launch(int port, params string[] arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Home };
        foreach (var name in start.Environment.Keys.Where(IsReadByTheServer).ToList())
            start.Environment.Remove(name);
        start.Environment["HOME"] = Home;
        start.Environment["USERPROFILE"] = Home;
        start.Environment["COWORK_SERVER_PORT"] = $"{port}";
        foreach (var (name, value) in _variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    /// <summary>What the developer has set is none of a test's business.</summary>
    static bool IsReadByTheServer(string name) =>
        new[] { "COWORK_", "ANTON_", "SERVER_", "PROJECTS_", "FILES_", "HERMES_", "LOG_" }.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        || name.EndsWith("_API_KEY", StringComparison.Ordinal)
        || name is "HOST" or "PORT" or "DATABASE_URI" or "MASTER_KEY_PATH" or "CONNECTOR_VAULT_DIR" or "ENABLE_FILE_LOGGING" or "RICH_LOGGING";

    void CopyPlugin(string from, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Home, ".cowork", "plugins", name)).FullName;
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
    }

    static string Built(string what) =>
        typeof(ServerProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == what).Value!;
}
