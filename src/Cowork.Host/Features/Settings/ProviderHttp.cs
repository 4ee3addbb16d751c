using System.Net.Http.Headers;
using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Settings;

/// <summary>Short requests to the APIs of model providers.</summary>
[FeatureService]
sealed class ProviderHttp(IHttpClientFactory clients, TimeProvider time)
{
    /// <summary>The named client; it follows no redirects, because one would carry the key to wherever it points.</summary>
    public const string ClientName = "providers";

    const int MaxBody = 4 * 1024 * 1024;

    /// <summary>Sends a request and hands the whole answer to <paramref name="read"/>.</summary>
    /// <param name="request">Disposed here.</param>
    /// <param name="limit">For everything, the body included.</param>
    /// <exception cref="HttpRequestException">Nothing answers, or not as HTTP.</exception>
    /// <exception cref="TimeoutException">The limit has passed.</exception>
    public async Task<T> SendAsync<T>(HttpRequestMessage request, TimeSpan limit, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, ct);
        using (request)
        {
            try
            {
                using var client = clients.CreateClient(ClientName);
                client.Timeout = Timeout.InfiniteTimeSpan;
                client.MaxResponseContentBufferSize = MaxBody;
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, both.Token);
                return await read(response, both.Token);
            }
            catch (OperationCanceledException) when (timer.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                throw new TimeoutException();
            }
        }
    }

    /// <returns>False for a key that cannot be put into a header, and so cannot be right.</returns>
    public static bool TryAuthorize(HttpRequestMessage request, string header, Secret key)
    {
        var value = key.Reveal().Trim();
        if (value.Length == 0 || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return false;
        if (header == "Authorization")
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", value);
        else
            request.Headers.Add(header, value);
        return true;
    }

    /// <summary>What went wrong, as a class and a text that hold nothing of the request.</summary>
    public static string Describe(Exception e, TimeSpan limit) => e switch
    {
        TimeoutException => $"Timeout: no answer within {limit.TotalSeconds:0} seconds",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "NameResolutionError: there is no host of this name",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "ConnectionError: nothing answers at this address",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "SecureConnectionError: the connection cannot be trusted",
        HttpRequestException http => $"{http.HttpRequestError}: the request failed",
        _ => "The request failed",
    };

    /// <summary>An address below a base that somebody typed; null when that is no http address.</summary>
    public static Uri? Below(string? baseUrl, string path) =>
        Uri.TryCreate(baseUrl?.Trim().TrimEnd('/') + path, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;
}
