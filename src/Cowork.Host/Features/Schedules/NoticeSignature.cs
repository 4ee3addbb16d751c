using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cowork.Host.Features.Schedules;

/// <summary>Says who sent a notice, in the way of the Standard Webhooks: receivers check it with libraries that they have.</summary>
static class NoticeSignature
{
    const string SecretPrefix = "whsec_";
    const int SecretBytes = 32;

    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>Sets the headers of a notice.</summary>
    /// <param name="id">The same for every try: by it a receiver knows what it had already.</param>
    /// <param name="body">What is sent, byte by byte.</param>
    /// <param name="secret">Null to sign nothing.</param>
    public static void Apply(HttpRequestMessage request, Guid id, DateTimeOffset now, byte[] body, string? secret)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("webhook-id", id.ToString());
        request.Headers.Add("webhook-timestamp", timestamp);
        if (secret is null)
            return;
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{timestamp}."), .. body];
        request.Headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[SecretPrefix.Length..]), signed))}");
    }
}
