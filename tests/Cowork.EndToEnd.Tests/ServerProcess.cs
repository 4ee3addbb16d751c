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
    static readonly string Executable = Path.Combine(
        typeof(ServerProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "HostDirectory").Value!,
        OperatingSystem.IsWindows() ? "cowork-server.exe" : "cowork-server");

    Process? _process;

    public string Home { get; } = Directory.CreateTempSubdirectory("cowork-e2e-").FullName;

    public int Port { get; } = FreePort();

    public CoworkClient Client { get; private set; } = null!;

    public static async Task<ServerProcess> StartAsync(CancellationToken ct)
    {
        var server = new ServerProcess();
        await server.RestartAsync(ct);
        return server;
    }

    /// <summary>Starts the process and waits until it answers.</summary>
    public async Task RestartAsync(CancellationToken ct)
    {
        _process = Launch();
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

    /// <summary>Waits until Anton has looked for Python: on a slow machine the first turn would go without.</summary>
    public Task PythonSearchedAsync(CancellationToken ct) => Eventually.TrueAsync(
        async () => JsonNode.Parse(await Client.Http.GetStringAsync("plugins", ct))!["plugins"]!.AsArray()
            .SelectMany(plugin => plugin!["jobs"]!.AsArray())
            .Any(job => job!["id"]!.GetValue<string>() == "scratchpad-upkeep" && job["last_outcome"] is not null),
        ct);

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
    public void Drop(string build, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Home, ".cowork", "plugins", name)).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "assets", build)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
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
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(CancellationToken ct, params string[] arguments)
    {
        using var process = Launch(arguments);
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

    Process Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Home };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("COWORK_", StringComparison.Ordinal) || k.EndsWith("_API_KEY", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["HOME"] = Home;
        start.Environment["USERPROFILE"] = Home;
        start.Environment["COWORK_SERVER_PORT"] = $"{Port}";
        return Process.Start(start)!;
    }

    static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
