using Cowork.Host.Features.Projects;
using CsCheck;

namespace Cowork.Host.Tests.Projects;

public sealed class ProjectNameTests
{
    [Theory]
    [InlineData("alpha", "alpha")] // plain
    [InlineData("  My Client: Q3/Q4 -- plan! ", "My-Client-Q3-Q4-plan")] // runs become one dash
    [InlineData("v1.2_beta", "v1.2_beta")] // dots and underscores stay
    [InlineData("-._edge_.-", "edge")] // nothing that hides a folder or looks like an option
    [InlineData("../../etc/passwd", "etc-passwd")] // a path
    [InlineData(@"..\..\Windows", "Windows")] // a path of the other kind
    [InlineData("...", "untitled-project")] // only dots
    [InlineData("   ", "untitled-project")] // blank
    [InlineData("", "untitled-project")] // empty
    [InlineData("日本語", "untitled-project")] // nothing that is safe everywhere
    [InlineData("日本 trip", "trip")] // what is safe of it
    [InlineData("🚀 launch 🚀", "launch")] // outside the first plane
    [InlineData("Ünïcode", "n-code")] // letters with marks are no ASCII letters
    [InlineData("ｆｕｌｌ", "untitled-project")] // full-width letters would fold to ASCII
    [InlineData("a\0b", "a-b")] // NUL
    [InlineData("a\r\nb", "a-b")] // line ends
    [InlineData("\ud800x", "x")] // half of a surrogate pair
    [InlineData("NUL", "NUL-x")] // a Windows device
    [InlineData("com7", "com7-x")] // a Windows device
    [InlineData("(con)", "con-x")] // a device after cleaning
    [InlineData("COM10", "COM10")] // no device
    [InlineData("console", "console")] // only begins like one
    public void A_text_becomes_a_name_that_is_a_folder_everywhere(string text, string name) =>
        Assert.Equal(name, ProjectName.From(text));

    [Fact]
    public void Three_hundred_characters_are_cut_and_leave_no_loose_end()
    {
        Assert.Equal(new string('b', 48), ProjectName.From(new string('b', 300)));
        Assert.Equal(new string('b', 47), ProjectName.From($"{new string('b', 47)}-tail"));
        Assert.Equal("untitled-project", ProjectName.From(new string('.', 300)));
    }

    [Fact]
    public void Any_text_becomes_a_short_plain_name() =>
        Gen.String.Sample(text =>
        {
            var name = ProjectName.From(text);
            return name.Length is > 0 and <= 50
                && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
                && !"-._".Contains(name[0]) && !"-._".Contains(name[^1])
                && !name.Contains("--")
                && Path.GetFileName(name) == name;
        });

    [Fact]
    public void A_name_stays_what_it_is() =>
        Gen.String.Sample(text => ProjectName.From(ProjectName.From(text)) == ProjectName.From(text));

    [Fact]
    public void A_taken_name_gets_the_first_free_number_whatever_its_case() =>
        Gen.Select(Gen.String[Gen.Char["abAB"], 1, 2], Gen.Int[0, 6]).Sample((name, others) =>
        {
            var taken = new HashSet<string>(ProjectName.Comparer);
            for (var i = 0; i < others; i++)
                Assert.True(taken.Add(ProjectName.FirstFree(i % 2 == 0 ? name : name.ToUpperInvariant(), taken)));
            var next = ProjectName.FirstFree(name, taken);
            Assert.Equal(others == 0 ? name : $"{name}-{others + 1}", next);
        });
}
