using Cowork.Abstractions;
using Cowork.Host.Features.Turns;

namespace Cowork.Host.Tests.Turns;

public sealed class AttachedPictureTests
{
    [Theory]
    [InlineData("image/png", "image/png")]
    [InlineData("IMAGE/PNG; charset=binary", "image/png")]
    [InlineData("image/jpg", "image/jpeg")] // no such type, but some programs send it
    [InlineData("image/webp", "image/webp")]
    public void Pictures_that_models_read_are_shown_to_them(string sent, string shown) =>
        Assert.Equal(shown, Assert.IsType<ContentBlock.ImageBlock>(TurnHistory.ToBlock(File(sent))).File.ContentType);

    [Theory]
    [InlineData("image/svg+xml")]
    [InlineData("image/tiff")]
    [InlineData("image/heic")]
    [InlineData("application/pdf")]
    public void Everything_else_is_a_file_that_tools_read(string contentType) => Assert.IsType<ContentBlock.FileBlock>(TurnHistory.ToBlock(File(contentType)));

    static AttachedFile File(string contentType) => new(Guid.NewGuid(), "picture", "/picture", contentType, 1);
}
