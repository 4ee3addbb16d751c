using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Cowork.Host.Platform.Secrets;

/// <summary>
/// Fernet tokens (github.com/fernet/spec): version 0x80, 8-byte big-endian time, 16-byte IV, AES-128-CBC with PKCS7, HMAC-SHA256 over all
/// before it, as URL-safe base64. The format in which the reference stores secrets. Thread-safe.
/// </summary>
sealed class Fernet
{
    const byte Version = 0x80;
    const int HeaderLength = 1 + 8;
    const int IvLength = 16;
    const int MacLength = 32;
    readonly byte[] _signingKey;
    readonly byte[] _encryptionKey;

    /// <param name="key">32 bytes: 16 for signing, 16 for encryption.</param>
    public Fernet(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32)
            throw new ArgumentException("A Fernet key has 32 bytes.", nameof(key));
        _signingKey = key[..16].ToArray();
        _encryptionKey = key[16..].ToArray();
    }

    public string Encrypt(string plain, DateTimeOffset now) => Encrypt(plain, now.ToUnixTimeSeconds(), RandomNumberGenerator.GetBytes(IvLength));

    internal string Encrypt(string plain, long unixSeconds, byte[] iv)
    {
        using var aes = Aes.Create();
        aes.Key = _encryptionKey;
        var cipher = aes.EncryptCbc(Encoding.UTF8.GetBytes(plain), iv);
        var token = new byte[HeaderLength + IvLength + cipher.Length + MacLength];
        token[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(token.AsSpan(1), unixSeconds);
        iv.CopyTo(token, HeaderLength);
        cipher.CopyTo(token, HeaderLength + IvLength);
        HMACSHA256.HashData(_signingKey, token.AsSpan(0, token.Length - MacLength), token.AsSpan(token.Length - MacLength));
        var text = Base64Url.EncodeToString(token);
        // The reference's library writes and expects the padding that Base64Url leaves out.
        return text.PadRight((text.Length + 3) / 4 * 4, '=');
    }

    /// <returns>False for a token that is damaged or made with another key.</returns>
    public bool TryDecrypt(string token, [NotNullWhen(true)] out string? plain)
    {
        plain = null;
        byte[] bytes;
        try
        {
            bytes = Base64Url.DecodeFromChars(token.AsSpan().Trim());
        }
        catch (FormatException)
        {
            return false;
        }

        var body = bytes.Length - MacLength;
        if (body < HeaderLength + IvLength + IvLength || bytes[0] != Version || (body - HeaderLength) % IvLength != 0)
            return false;
        var mac = HMACSHA256.HashData(_signingKey, bytes.AsSpan(0, body));
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes.AsSpan(body)))
            return false;
        try
        {
            using var aes = Aes.Create();
            aes.Key = _encryptionKey;
            plain = Encoding.UTF8.GetString(aes.DecryptCbc(bytes.AsSpan((HeaderLength + IvLength)..body), bytes.AsSpan(HeaderLength, IvLength)));
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
