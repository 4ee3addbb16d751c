namespace Cowork.Harness.Anton.Tests.Tools.Files;

public sealed class ReadImageTests
{
    public static TheoryData<string, byte[], string> Images => new()
    {
        { "a.png", [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 1, 0x2C, 0, 0, 0, 200, 8, 2, 0, 0, 0], "image/png, 300 × 200 pixels" },
        { "wrong.png", [.. "GIF89a"u8, 0x2C, 1, 200, 0, 0, 0, 0], "image/gif, 300 × 200 pixels" },
        { "a.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 17, 8, 0, 200, 1, 0x2C, 3, 1, 1], "image/jpeg, 300 × 200 pixels" },
        { "a.webp", [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 0x2B, 1, 0, 199, 0, 0, 0, 0], "image/webp, 300 × 200 pixels" },
        { "l.webp", [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8L"u8, 10, 0, 0, 0, 0x2F, 0x2B, 0xC1, 0x31, 0, 0, 0, 0, 0, 0, 0], "image/webp, 300 × 200 pixels" },
        { "cut.png", [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0], "image/png" },
        { "cut.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6], "image/jpeg" },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public async Task The_bytes_say_what_an_image_is_not_its_name(string path, byte[] bytes, string expected)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write(path, bytes);

        var outcome = await tools.RunAsync("read_image", new { file_path = path });

        Assert.Equal($"{path}: {expected}, {bytes.Length} bytes.", outcome.Text);
        var image = Assert.Single(outcome.Images);
        Assert.Equal(expected.Split(',')[0], image.File.ContentType);
        Assert.Equal(bytes, image.Bytes.ToArray());
    }

    [Fact]
    public async Task An_attached_image_is_seen_by_its_name()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Attach("photo.png", [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0]);

        Assert.Single((await tools.RunAsync("read_image", new { file_path = "photo.png" })).Images);
    }

    [Fact]
    public async Task What_no_model_can_see_is_refused()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.png", "not an image");
        tools.Write("big.png", new byte[(5 * 1024 * 1024 / 4 * 3) + 1]);
        tools.Write("folder/x", "");

        Assert.Contains("no PNG", await tools.FailAsync("read_image", new { file_path = "a.png" }), StringComparison.Ordinal);
        Assert.Contains("smaller copy", await tools.FailAsync("read_image", new { file_path = "big.png" }), StringComparison.Ordinal);
        Assert.Contains("folder", await tools.FailAsync("read_image", new { file_path = "folder" }), StringComparison.Ordinal);
        Assert.Contains("There is no", await tools.FailAsync("read_image", new { file_path = "missing.png" }), StringComparison.Ordinal);
    }
}
