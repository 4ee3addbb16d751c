using System.Text.Json.Nodes;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Cli;

/// <summary>The plugins of the server that runs.</summary>
sealed class PluginApi(HttpClient http, string address) : IDisposable
{
    public string Address => address;

    /// <summary>Looks for a server.</summary>
    /// <returns>Its plugins, or <c>null</c> when none answers.</returns>
    public static async Task<PluginApi?> FindAsync(ServerOptions options, CancellationToken ct)
    {
        var http = new HttpClient();
        if (await RunningServer.FindAsync(http, options, ct) is { } address)
            return new(http, address);
        http.Dispose();
        return null;
    }

    public async Task<IReadOnlyList<PluginLine>> ListAsync(CancellationToken ct) =>
        PluginReport.Of(JsonNode.Parse(await http.GetStringAsync(new Uri($"{address}/api/v1/plugins"), ct))!);

    /// <summary>The line of the folder that is used for a name, if there is one.</summary>
    public async Task<PluginLine?> FindAsync(string name, CancellationToken ct) => Used(await ListAsync(ct), name);

    /// <summary>Changes a plugin.</summary>
    /// <param name="method">What to do.</param>
    /// <param name="name">The plugin.</param>
    /// <param name="verb">The end of the address, with its slash; empty for none.</param>
    /// <param name="ct">Gives up waiting.</param>
    /// <returns>A sentence about what is in the way, or <c>null</c>; and what has become of the plugin, if there still is one.</returns>
    public async Task<(string? Problem, PluginLine? Plugin)> ChangeAsync(HttpMethod method, string name, string verb, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, $"{address}/api/v1/plugins/{Uri.EscapeDataString(name)}{verb}");
        using var response = await http.SendAsync(request, ct);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(ct));
        return response.IsSuccessStatusCode
            ? (null, Used(PluginReport.Of(body!), name))
            : (body?["detail"]?.GetValue<string>() ?? $"The server answered {(int)response.StatusCode}.", null);
    }

    public void Dispose() => http.Dispose();

    static PluginLine? Used(IReadOnlyList<PluginLine> lines, string name) =>
        lines.Where(l => PluginFolder.NameComparer.Equals(l.Name, name)).OrderBy(l => l.State is "superseded" or "removed").FirstOrDefault();
}
