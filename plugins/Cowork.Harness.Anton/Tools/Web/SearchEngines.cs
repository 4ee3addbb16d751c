using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>Chooses the search service: the wanted one, or the one that has a key.</summary>
sealed class SearchEngines(AntonOptions options, IPluginSettings settings) : IDisposable
{
    /// <summary>Sockets of all searches, closed with the plugin.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler
    {
        // A redirect would carry the key to wherever it points.
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = 2 * 1024 * 1024,
    };

    /// <summary>The service to use now, or <c>null</c> without a key.</summary>
    public ISearchEngine? Current
    {
        get
        {
            ISearchEngine? exa = Key(ToolSettings.ExaKey, options.ExaApiKey) is { } key ? new ExaSearch(options.ExaUrl, key) : null;
            ISearchEngine? brave = Key(ToolSettings.BraveKey, options.BraveApiKey) is { } other ? new BraveSearch(options.BraveUrl, other) : null;
            return "brave".Equals(options.SearchProvider, StringComparison.OrdinalIgnoreCase) ? brave ?? exa : exa ?? brave;
        }
    }

    public void Dispose() => Client.Dispose();

    Secret? Key(string setting, Secret? fromEnvironment) => settings.GetSecret(setting) ?? fromEnvironment;
}
