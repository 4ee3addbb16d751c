using System.Buffers.Binary;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>What the first bytes of an image say: its kind and its size in pixels. Names of files lie about both.</summary>
/// <param name="ContentType">The media type.</param>
/// <param name="Width">In pixels; 0 when the header does not say.</param>
/// <param name="Height">In pixels; 0 when the header does not say.</param>
sealed record ImageHeader(string ContentType, int Width, int Height)
{
    /// <summary>The header, or <c>null</c> for anything but PNG, JPEG, GIF and WebP.</summary>
    public static ImageHeader? Read(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Png(bytes),
        [0xFF, 0xD8, 0xFF, ..] => Jpeg(bytes),
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => Gif(bytes),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => WebP(bytes),
        _ => null,
    };

    static ImageHeader Png(ReadOnlySpan<byte> bytes) => bytes.Length < 24
        ? new("image/png", 0, 0)
        : new("image/png", BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadInt32BigEndian(bytes[20..]));

    static ImageHeader Gif(ReadOnlySpan<byte> bytes) => bytes.Length < 10
        ? new("image/gif", 0, 0)
        : new("image/gif", BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]));

    /// <summary>The size stands in the frame header, behind any number of other segments.</summary>
    static ImageHeader Jpeg(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes[2..];
        while (rest is [0xFF, var marker, ..] && rest.Length >= 9)
        {
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                return new("image/jpeg", BinaryPrimitives.ReadUInt16BigEndian(rest[7..]), BinaryPrimitives.ReadUInt16BigEndian(rest[5..]));
            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length > rest.Length)
                break;
            rest = rest[length..];
        }

        return new("image/jpeg", 0, 0);
    }

    static ImageHeader WebP(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 30)
            return new("image/webp", 0, 0);
        var packed = BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]);
        return bytes[15] switch
        {
            (byte)'X' => new("image/webp", 1 + (bytes[24] | (bytes[25] << 8) | (bytes[26] << 16)), 1 + (bytes[27] | (bytes[28] << 8) | (bytes[29] << 16))),
            (byte)'L' => new("image/webp", 1 + (int)(packed & 0x3FFF), 1 + (int)((packed >> 14) & 0x3FFF)),
            _ => new("image/webp", BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]) & 0x3FFF),
        };
    }
}
