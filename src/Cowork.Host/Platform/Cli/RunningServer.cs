using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Cli;

/// <summary>The server that uses the data of these options, whatever its port.</summary>
static class RunningServer
{
    /// <summary>It is known to be there, so it is busy or starting when it does not answer at once.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(50);

    /// <returns>Its address; null when none answers.</returns>
    public static async Task<string?> FindAsync(HttpClient http, ServerOptions options, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            while (DataLock.UserOf(options.DatabasePath)?.Address is { } address)
            {
                if (await AnswersAsync(http, address, patience.Token))
                    return address;
                await Task.Delay(Retry, TimeProvider.System, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // It hangs.
        }

        return null;
    }

    static async Task<bool> AnswersAsync(HttpClient http, string address, CancellationToken ct)
    {
        try
        {
            using var health = await http.GetAsync(new Uri($"{address}/api/v1/health"), ct);
            return health.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
