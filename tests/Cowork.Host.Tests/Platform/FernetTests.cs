using System.Buffers.Text;
using Cowork.Host.Platform.Secrets;
using CsCheck;

namespace Cowork.Host.Tests.Platform;

public sealed class FernetTests
{
    // From github.com/fernet/spec, generate.json.
    const string SpecKey = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    const string SpecToken = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

    [Fact]
    public void The_published_vector_is_produced_and_read()
    {
        var fernet = new Fernet(Base64Url.DecodeFromChars(SpecKey));
        var token = fernet.Encrypt("hello", 499162800, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        Assert.Equal(SpecToken, token);
        Assert.True(fernet.TryDecrypt(SpecToken, out var plain));
        Assert.Equal("hello", plain);
    }

    [Fact]
    public void What_was_encrypted_is_decrypted_with_the_same_key_only() =>
        Gen.Select(Gen.String, Gen.Byte.Array[32], Gen.Byte.Array[32]).Sample((text, key, other) =>
        {
            // Lone surrogates have no UTF-8 form.
            var plain = text.Replace("\uFFFD", "", StringComparison.Ordinal);
            plain = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(plain));
            var token = new Fernet(key).Encrypt(plain, DateTimeOffset.UnixEpoch);
            Assert.StartsWith("gAAAA", token, StringComparison.Ordinal);
            Assert.True(new Fernet(key).TryDecrypt(token, out var back));
            Assert.Equal(plain, back);
            Assert.Equal(key.AsSpan().SequenceEqual(other), new Fernet(other).TryDecrypt(token, out _));
        });

    [Fact]
    public void A_token_with_any_character_changed_is_refused() =>
        Gen.Select(Gen.Int[0, SpecToken.Length - 3], Gen.Char.AlphaNumeric).Sample((at, c) =>
        {
            var fernet = new Fernet(Base64Url.DecodeFromChars(SpecKey));
            var changed = SpecToken[..at] + c + SpecToken[(at + 1)..];
            Assert.Equal(changed == SpecToken, fernet.TryDecrypt(changed, out _));
        });
}
