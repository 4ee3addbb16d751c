using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cowork.Host.Platform.Http;

/// <summary>
/// Escapes what JSON must escape and everything that is not ASCII, nothing else. A stream of pure ASCII survives readers that
/// decode each network chunk on its own; the default encoder would also rewrite quotes and angle brackets, which makes prose half again as long.
/// </summary>
sealed unsafe class AsciiJson : JavaScriptEncoder
{
    public static readonly AsciiJson Encoder = new();

    /// <summary>For writers of documents on the wire.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = Encoder, SkipValidation = true };

    /// <summary>A text as a JSON string.</summary>
    public static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, Encoder)}\"";
    static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);
    static readonly SearchValues<byte> PlainBytes = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(c => (byte)c).Where(c => c is not ((byte)'"' or (byte)'\\'))]);

    public override int MaxOutputCharactersPerInputCharacter => 12;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or > 0x7E or '"' or '\\';

    public override int FindFirstCharacterToEncode(char* text, int textLength) =>
        new ReadOnlySpan<char>(text, textLength).IndexOfAnyExcept(Plain);

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text) => utf8Text.IndexOfAnyExcept(PlainBytes);

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var output = new Span<char>(buffer, bufferLength);
        numberOfCharactersWritten = 0;
        char? shorthand = unicodeScalar switch { '"' => '"', '\\' => '\\', '\n' => 'n', '\r' => 'r', '\t' => 't', '\b' => 'b', '\f' => 'f', _ => null };
        if (shorthand is { } letter)
        {
            if (output.Length < 2)
                return false;
            output[0] = '\\';
            output[1] = letter;
            numberOfCharactersWritten = 2;
            return true;
        }

        Span<char> units = stackalloc char[2];
        var count = new Rune(unicodeScalar).EncodeToUtf16(units);
        if (output.Length < 6 * count)
            return false;
        foreach (var unit in units[..count])
        {
            output[numberOfCharactersWritten++] = '\\';
            output[numberOfCharactersWritten++] = 'u';
            for (var shift = 12; shift >= 0; shift -= 4)
                output[numberOfCharactersWritten++] = "0123456789abcdef"[(unit >> shift) & 0xF];
        }

        return true;
    }
}
