using Cowork.Host.Platform.Files;
using CsCheck;

namespace Cowork.Host.Tests.Platform;

public sealed class PortableNameTests
{
    [Theory]
    [InlineData("report.pdf", true)]
    [InlineData("a/b c/ü 😀.txt", true)]
    [InlineData(".hidden", true)]
    [InlineData("console.log", true)] // only begins like a device
    [InlineData("com10", true)] // no device
    [InlineData("nul", false)] // a device
    [InlineData("CON.txt", false)] // with an extension too
    [InlineData("sub/aux/file", false)] // as a folder too
    [InlineData("lpt9 .txt", false)] // Windows drops the space
    [InlineData("dot.", false)] // Windows drops the dot
    [InlineData("...", false)] // only dots
    [InlineData("space ", false)]
    [InlineData("two\nlines", false)] // a control character
    [InlineData("tab\there", false)]
    public void A_name_is_portable_when_every_system_keeps_it(string name, bool portable) => Assert.Equal(portable, SafePath.IsPortable(name));
}

public sealed class SafePathTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("cowork-safe-").FullName;

    [Theory]
    [InlineData("a.txt", true)] // plain
    [InlineData("a/b/../c.txt", true)] // stays inside
    [InlineData("/a.txt", true)] // leading slashes are dropped
    [InlineData("a\\b.txt", true)] // Windows separators
    [InlineData("", false)] // nothing
    [InlineData("/", false)] // nothing
    [InlineData("..", false)] // parent
    [InlineData("../x", false)] // simple traversal
    [InlineData("a/../../x", false)] // late traversal
    [InlineData("..\\x", false)] // Windows traversal
    [InlineData("a\0b", false)] // NUL ends the name for the system
    public void A_path_is_accepted_only_inside_the_root(string path, bool accepted) =>
        Assert.Equal(accepted, SafePath.TryResolve(_root, path, out _));

    [Fact]
    public void A_sibling_whose_name_begins_like_the_root_is_outside() =>
        Assert.False(SafePath.TryResolve(_root, $"../{Path.GetFileName(_root)}-2/x", out _));

    [Fact]
    public void A_link_that_leads_out_is_refused_and_one_that_stays_inside_is_followed()
    {
        Directory.CreateDirectory(Path.Combine(_root, "in"));
        File.CreateSymbolicLink(Path.Combine(_root, "out"), Path.GetTempPath());
        File.CreateSymbolicLink(Path.Combine(_root, "alias"), "in");
        File.CreateSymbolicLink(Path.Combine(_root, "twice"), "out");
        Assert.False(SafePath.TryResolve(_root, "out/x", out _));
        Assert.False(SafePath.TryResolve(_root, "twice/x", out _));
        Assert.True(SafePath.TryResolve(_root, "alias/x", out _));
    }

    [Fact]
    public void A_root_that_is_itself_a_link_works()
    {
        var link = _root + "-link";
        File.CreateSymbolicLink(link, _root);
        try
        {
            Assert.True(SafePath.TryResolve(link, "a.txt", out _));
        }
        finally
        {
            File.Delete(link);
        }
    }

    static readonly string[] Parts = ["..", ".", "a", "b c", "", "…", "a..b"];

    [Fact]
    public void No_path_whatever_leads_out() =>
        Gen.Select(Gen.Const(Parts).SelectMany(p => Gen.Int[0, p.Length - 1].Select(i => p[i])).Array[0, 8], Gen.Int[0, 2].Select(i => new[] { "/", "\\", "//" }[i])).Sample((parts, separator) =>
        {
            if (SafePath.TryResolve(_root, string.Join(separator, parts), out var full))
                Assert.True(SafePath.IsBelow(_root, full!));
        });

    [Theory]
    [InlineData("a.txt", "a.txt")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\x\\y.txt", "y.txt")]
    [InlineData("x/", null)]
    [InlineData("..", null)]
    [InlineData("", null)]
    public void Only_the_base_name_of_a_sent_name_counts(string sent, string? kept) => Assert.Equal(kept, SafePath.BaseName(sent));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
