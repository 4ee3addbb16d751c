namespace Cowork.Host.Platform.Cli;

/// <summary>Whether a server answers already.</summary>
static class RunningServer
{
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public static async Task<bool> AnswersAsync(HttpClient http, string address, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            using var health = await http.GetAsync(new Uri($"{address}/api/v1/health"), patience.Token);
            return health.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }
}
