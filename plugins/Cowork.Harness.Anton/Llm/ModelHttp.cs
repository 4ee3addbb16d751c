using System.Globalization;

namespace Cowork.Harness.Anton.Llm;

/// <summary>The one HTTP client that all model calls share: sockets are reused across turns, and closed with the plugin.</summary>
sealed class ModelHttp : IDisposable
{
    public ModelHttp(TimeProvider time) =>
        Client = new(new FailureHandler(time)
        {
            InnerHandler = new SocketsHttpHandler
            {
                PooledConnectionLifetime = TimeSpan.FromMinutes(15),
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
                ConnectTimeout = TimeSpan.FromSeconds(15),
                // A redirect would carry the key in custom headers to wherever it points; model APIs have no need of one.
                AllowAutoRedirect = false,
                UseCookies = false,
                // The provider has no use for the ids of our own traces.
                ActivityHeadersPropagator = null,
            },
        })
        {
            // A long answer is no timeout; silence is watched by Reply.
            Timeout = Timeout.InfiniteTimeSpan,
        };

    public HttpClient Client { get; }

    public void Dispose() => Client.Dispose();

    /// <summary>
    /// Turns every refusal into one exception before either SDK sees it: the SDKs drop headers that the retry policy
    /// needs, wrap bodies in messages that end up in logs, and retry by their own rules.
    /// </summary>
    sealed class FailureHandler(TimeProvider time) : DelegatingHandler
    {
        const int MaxBody = 64 * 1024;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var isWebPage = response.Content.Headers.ContentType?.MediaType == "text/html";
            if (response.IsSuccessStatusCode && !isWebPage)
                return response;

            using (response)
            {
                throw new ProviderHttpException((int)response.StatusCode, await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false))
                {
                    RetryAfter = RetryAfter(response),
                    IsWebPage = isWebPage,
                };
            }
        }

        static async Task<string> ReadBodyAsync(HttpResponseMessage response, CancellationToken ct)
        {
            try
            {
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false));
                var buffer = new char[MaxBody];
                var length = await reader.ReadBlockAsync(buffer, ct).ConfigureAwait(false);
                return new string(buffer, 0, length);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                // The status alone says enough.
                return "";
            }
        }

        TimeSpan? RetryAfter(HttpResponseMessage response)
        {
            if (response.Headers.TryGetValues("retry-after-ms", out var values)
                && double.TryParse(values.FirstOrDefault(), CultureInfo.InvariantCulture, out var milliseconds)
                && milliseconds is >= 0 and < 1e9)
            {
                return TimeSpan.FromMilliseconds(milliseconds);
            }

            var header = response.Headers.RetryAfter;
            return header?.Delta ?? (header?.Date - time.GetUtcNow());
        }
    }
}

/// <summary>A provider's refusal. The message holds neither body nor address, so it may go anywhere.</summary>
/// <param name="status">The HTTP status, or the one that an error inside a stream stands for.</param>
/// <param name="body">The body, cut; for the classifier only.</param>
sealed class ProviderHttpException(int status, string body) : Exception($"The provider answered with HTTP status {status}.")
{
    public int Status => status;

    public string Body => body;

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The answer was a page for people: the base URL is not that of an API.</summary>
    public bool IsWebPage { get; init; }
}
