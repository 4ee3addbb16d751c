using System.ClientModel.Primitives;

namespace Cowork.Harness.Anton.Llm;

/// <summary>How every client of OpenAI's SDK sends: over the shared HTTP client, without retries, limits and logs of its own.</summary>
static class OpenAiPipeline
{
    public static T Over<T>(this T options, HttpClient http)
        where T : ClientPipelineOptions
    {
        options.Transport = new HttpClientPipelineTransport(http);
        options.RetryPolicy = new ClientRetryPolicy(0);
        options.NetworkTimeout = Timeout.InfiniteTimeSpan;
        options.EnableDistributedTracing = false;
        options.ClientLoggingOptions = new() { EnableLogging = false };
        return options;
    }
}
