using System.Net;
using System.Net.Sockets;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>Tells addresses of the internet from those of this machine, its network and its provider.</summary>
static class PublicAddresses
{
    // Who is here is not out there: this network, private, shared (CGNAT), loopback, link-local (metadata too), protocols, documentation,
    // the platform of a large provider, relays, private, benchmarks, documentation, documentation, multicast, reserved and broadcast.
    static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "168.63.129.16/32", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Tunnels, protocols and documentation inside the public range of IPv6.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    public static bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        // Where a network has only IPv6, the whole of IPv4 is reached under this prefix.
        else if (Translated.Contains(address))
            address = new(address.GetAddressBytes().AsSpan(12));
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !GlobalUnicast.Contains(address))
            return false;
        return !NotPublic.Any(network => network.Contains(address));
    }
}
