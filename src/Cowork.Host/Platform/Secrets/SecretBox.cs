using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Secrets;

/// <summary>Encrypts and decrypts what must not lie on disk in clear, with the key in <c>~/.cowork/.master_key</c>. Thread-safe.</summary>
/// <remarks>
/// A key file that is there but unusable is never replaced: the secrets behind it may still be saved by putting the right
/// file back. Until then reading yields nothing and writing is refused.
/// </remarks>
sealed partial class SecretBox(ServerOptions options, TimeProvider time, ILogger<SecretBox> log)
{
    readonly Lock _gate = new();
    Fernet? _fernet;
    bool _isDamageLogged;

    /// <summary>Whether there is a key, even a damaged one; without one, the first encryption makes it.</summary>
    public bool HasKey => _fernet is not null || File.Exists(options.MasterKeyPath);

    public bool TryDecrypt(string token, [NotNullWhen(true)] out string? plain)
    {
        plain = null;
        return Load(create: false) is { } fernet && fernet.TryDecrypt(token, out plain);
    }

    /// <exception cref="MasterKeyException">The key file cannot be used or made.</exception>
    public string Encrypt(string plain) =>
        (Load(create: true) ?? throw new MasterKeyException($"The key file {options.MasterKeyPath} is damaged. Put the right file back, or remove it to start anew; secrets stored with it are then lost."))
            .Encrypt(plain, time.GetUtcNow());

    Fernet? Load(bool create)
    {
        lock (_gate)
        {
            if (_fernet is not null)
                return _fernet;
            try
            {
                if (File.Exists(options.MasterKeyPath))
                    return _fernet = Parse(File.ReadAllText(options.MasterKeyPath));
                return create ? _fernet = Create() : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                KeyUnreadable(log, e, options.MasterKeyPath);
                if (create)
                    throw new MasterKeyException($"The key file {options.MasterKeyPath} cannot be read or written. Check its permissions and the free space.", e);
                return null;
            }
        }
    }

    Fernet? Parse(string text)
    {
        try
        {
            var key = Base64Url.DecodeFromChars(text.AsSpan().Trim());
            if (key.Length == 32)
                return new(key);
        }
        catch (FormatException)
        {
            // Said below.
        }

        // Once, not for every secret that is asked for.
        if (!_isDamageLogged)
            KeyDamaged(log, options.MasterKeyPath);
        _isDamageLogged = true;
        return null;
    }

    Fernet Create()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        AtomicFile.Write(options.MasterKeyPath, Encoding.ASCII.GetBytes(Base64Url.EncodeToString(key) + "="), isPrivate: true);
        return new(key);
    }

    [LoggerMessage(LogLevel.Error, "The master key {Path} holds no Fernet key; stored secrets count as unset until it is restored")]
    static partial void KeyDamaged(ILogger log, string path);

    [LoggerMessage(LogLevel.Error, "The master key {Path} could not be used")]
    static partial void KeyUnreadable(ILogger log, Exception e, string path);
}

/// <summary>A secret cannot be stored because of the key file; the message is for the user.</summary>
sealed class MasterKeyException(string message, Exception? inner = null) : Exception(message, inner);
