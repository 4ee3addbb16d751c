using Cowork.Host.Platform.Cli;

namespace Cowork.Host.Tests.Cli;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain\ttext\nnext line", "plain\ttext\nnext line")]
    [InlineData("\e]0;title\abody", "]0;titlebody")] // would change the window's title
    [InlineData("safe\rfake", "safefake")] // would write over what is there
    [InlineData("a\u009b2Jb\u007f", "a2Jb")] // C1's own escape; DEL
    public void A_terminal_gets_no_control_characters_of_others(string text, string shown) => Assert.Equal(shown, TerminalText.WithoutControls(text));

    [Theory]
    [InlineData("short", "short")]
    [InlineData("\n first\nsecond", "first…")]
    [InlineData("", "")]
    public void Activity_is_one_line(string text, string shown) => Assert.Equal(shown, TerminalText.FirstLine(text));

    [Fact]
    public void A_long_line_is_cut_and_never_within_a_character()
    {
        Assert.Equal(101, TerminalText.FirstLine(new string('x', 5000)).Length);
        Assert.Equal($"{new string('x', 99)}…", TerminalText.FirstLine(new string('x', 99) + "😀 and more"));
    }
}
