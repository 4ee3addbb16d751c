using System.Text;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Finds out how a text file is written, so that it can be read and, after a change, written the same way.</summary>
static class TextEncodings
{
    /// <summary>As many bytes as tell what a file is.</summary>
    public const int Head = 64 * 1024;

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The encoding, whose preamble is the byte order mark that the file has.</summary>
    /// <param name="bytes">The file or its beginning.</param>
    /// <param name="isWhole">Whether these are all of its bytes.</param>
    /// <returns><c>null</c> for a file that is no text.</returns>
    public static Encoding? Detect(ReadOnlySpan<byte> bytes, bool isWhole)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            return Encoding.UTF8;
        if (bytes.StartsWith(Encoding.Unicode.Preamble))
            return bytes.Length >= 4 && bytes[2] == 0 && bytes[3] == 0 ? null : Encoding.Unicode;
        if (bytes.StartsWith(Encoding.BigEndianUnicode.Preamble))
            return Encoding.BigEndianUnicode;
        if (bytes.Contains((byte)0))
            return null;
        // Latin-1 has a character for every byte, so nothing is lost on the way to text and back.
        return System.Text.Unicode.Utf8.IsValid(isWhole ? bytes : WithoutCutCharacter(bytes)) ? Utf8 : Encoding.Latin1;
    }

    public static string Decode(this Encoding encoding, ReadOnlySpan<byte> bytes) =>
        encoding.GetString(bytes.StartsWith(encoding.Preamble) ? bytes[encoding.Preamble.Length..] : bytes);

    /// <summary>The bytes with the byte order mark, or <c>null</c> when the encoding lacks one of the characters.</summary>
    public static byte[]? TryEncode(this Encoding encoding, string text)
    {
        byte[] bytes = [.. encoding.Preamble, .. encoding.GetBytes(text)];
        return encoding.Decode(bytes) == text ? bytes : null;
    }

    static ReadOnlySpan<byte> WithoutCutCharacter(ReadOnlySpan<byte> bytes)
    {
        for (var i = 1; i <= 3 && i <= bytes.Length; i++)
        {
            if (bytes[^i] >= 0xC0)
                return bytes[..^i];
            if (bytes[^i] < 0x80)
                break;
        }

        return bytes;
    }
}
