using System.Net;
using System.Net.Sockets;

namespace Cowork.Host.Features.Schedules;

/// <summary>The client for addresses that users name. It follows no redirects, and looks at what a name means before it connects.</summary>
static class WebhookHttp
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static HttpClient Create() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectCallback = ConnectAsync,
    })
    {
        Timeout = Patience,
    };

    static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = (await Dns.GetHostAddressesAsync(host, ct)).Where(WebhookAddress.IsAllowed).ToArray();
        if (addresses is [])
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The name of the webhook leads to no address that it may have.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
