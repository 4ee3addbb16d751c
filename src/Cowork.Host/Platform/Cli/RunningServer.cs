using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Cli;

/// <summary>The server that uses the data of these options, whatever its port.</summary>
static class RunningServer
{
    /// <summary>It is known to be there, so it is busy when it does not answer at once.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>Its address; null when none answers.</returns>
    public static async Task<string?> FindAsync(HttpClient http, ServerOptions options, CancellationToken ct)
    {
        if (DataLock.UserOf(options.DatabasePath)?.Address is not { } address)
            return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            using var health = await http.GetAsync(new Uri($"{address}/api/v1/health"), patience.Token);
            return health.IsSuccessStatusCode ? address : null;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }
}
