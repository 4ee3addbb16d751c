using System.Net;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Schedules;

/// <summary>Which addresses the ends of runs may be told to, and how such an address is shown: it is often a secret.</summary>
static class WebhookAddress
{
    const int MaxLength = 2048;
    const string Hidden = "/***";

    /// <summary>Where the larger clouds hand out credentials, beside the link-local addresses.</summary>
    static readonly IPAddress[] Metadata = [IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("100.100.100.200")];

    /// <exception cref="ApiException">422: it cannot be used.</exception>
    public static Uri Parse(string text)
    {
        TextField.Limited("notify_url", text, MaxLength);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw ApiException.Invalid("notify_url", "notify_url must be an address that begins with http:// or https://.");
        if (url.UserInfo.Length > 0)
            throw ApiException.Invalid("notify_url", "notify_url must not contain a user name or a password.");
        return IPAddress.TryParse(url.Host, out var address) && !IsAllowed(address)
            ? throw ApiException.Invalid("notify_url", "notify_url must not be a link-local address.")
            : url;
    }

    /// <summary>The address without what may be secret.</summary>
    public static string Shown(Uri url) => url.PathAndQuery == "/" ? url.GetLeftPart(UriPartial.Authority) : url.GetLeftPart(UriPartial.Authority) + Hidden;

    /// <summary>Not so for addresses that only this machine's own network can mean, above all the metadata services of clouds.</summary>
    public static bool IsAllowed(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !plain.IsIPv6LinkLocal && !Metadata.Contains(plain) && plain.GetAddressBytes() is not [169, 254, _, _];
    }
}
