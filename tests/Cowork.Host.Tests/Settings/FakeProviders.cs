using System.Collections.Concurrent;
using Cowork.Host.Features.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Host.Tests.Settings;

/// <summary>Stands at the end of the wire for every model provider; no request leaves the process.</summary>
sealed class FakeProviders(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    readonly ConcurrentQueue<(string Url, string Headers, string Body)> _requests = [];

    public IReadOnlyList<(string Url, string Headers, string Body)> Requests => [.. _requests];

    public void Register(WebApplicationBuilder builder) =>
        builder.Services.AddHttpClient(ProviderHttp.ClientName).ConfigurePrimaryHttpMessageHandler(() => this);

    public static HttpResponseMessage Json(int status, string json) => new((System.Net.HttpStatusCode)status) { Content = new StringContent(json) };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _requests.Enqueue((request.RequestUri!.ToString(), request.Headers.ToString(), request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)));
        return answer(request);
    }
}
