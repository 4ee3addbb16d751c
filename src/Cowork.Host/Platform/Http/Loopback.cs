using System.Net;

namespace Cowork.Host.Platform.Http;

/// <summary>What reaches this computer only from itself: <c>localhost</c>, <c>127.0.0.0/8</c> and <c>::1</c>.</summary>
static class Loopback
{
    public static bool Is(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
