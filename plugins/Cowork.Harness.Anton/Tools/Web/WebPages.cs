using System.Net;
using System.Net.Sockets;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>Gets pages of the internet, and of nothing nearer: every connection's address is checked, those after a redirect too.</summary>
static class WebPages
{
    const int MaxRedirects = 5;

    /// <summary>Asks for a page. Whoever asks disposes the client; connections are not kept, so that no check is skipped.</summary>
    public static HttpClient Client(bool allowPrivate) => new(new SocketsHttpHandler
    {
        // A proxy would resolve names itself, unchecked.
        UseProxy = false,
        UseCookies = false,
        MaxAutomaticRedirections = MaxRedirects,
        AutomaticDecompression = DecompressionMethods.All,
        MaxResponseHeadersLength = 64,
        ActivityHeadersPropagator = null,
        ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, allowPrivate, ct),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders =
        {
            { "User-Agent", "Mozilla/5.0 (compatible; AntonBot/1.0)" },
            { "Accept", "text/html,application/xhtml+xml,application/json;q=0.9,text/*;q=0.8,*/*;q=0.5" },
        },
    };

    static async ValueTask<Stream> ConnectAsync(DnsEndPoint host, bool allowPrivate, CancellationToken ct)
    {
        // An address is no name: looking up 0.0.0.0 fails, although a connection to it reaches this machine.
        var addresses = IPAddress.TryParse(host.Host, out var address) ? [address] : await Dns.GetHostAddressesAsync(host.Host, ct);
        // One that is not public makes the name suspicious as a whole.
        if (!allowPrivate && addresses.FirstOrDefault(address => !PublicAddresses.Contains(address)) is not null)
            throw new PrivateAddressException(host.Host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, host.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A name leads to an address that is not of the internet.</summary>
sealed class PrivateAddressException(string host) : Exception($"{host} has an address that is not public.")
{
    public string Host => host;
}
