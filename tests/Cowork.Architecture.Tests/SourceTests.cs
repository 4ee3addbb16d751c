using Cowork.Architecture.Tests.Rules;

namespace Cowork.Architecture.Tests;

public sealed class SourceTests
{
    const int LongestFile = 300;
    const string FrameWriter = "src/Cowork.Host/Features/Turns/FrameBytes.cs";

    [Fact]
    public void Names_say_what_a_type_is_for() =>
        Expect.Nothing(SourceFile.All.SelectMany(f => f.EmptyNames()));

    [Fact]
    public void Files_are_short_enough_to_read() =>
        Expect.Nothing(SourceFile.All.Where(f => !Known.LongFiles.ContainsKey(f.Path)).SelectMany(f => f.TooLong(LongestFile)));

    [Fact]
    public void Files_that_may_be_long_are_still_long() =>
        Assert.All(Known.LongFiles.Keys, path => Assert.NotEmpty(SourceFile.Read(path).TooLong(LongestFile)));

    [Fact]
    public void One_class_writes_server_sent_events() =>
        Expect.Nothing(SourceFile.All.Where(f => f.IsIn("src", "plugins", "modules", "samples") && f.Path != FrameWriter).SelectMany(f => f.WritesEvents()));

    [Fact]
    public void The_rules_look_at_the_sources()
    {
        Assert.NotEmpty(SourceFile.Read(FrameWriter).WritesEvents());
        Assert.Contains(SourceFile.All, f => f.IsIn("plugins"));
        Assert.Contains(SourceFile.All, f => f.IsIn("tests"));
    }

    [Theory]
    [InlineData("sealed class TurnManager;")]
    [InlineData("    public static partial class PathUtil")]
    [InlineData("public sealed record StringHelpers(int A)")]
    [InlineData("internal readonly record struct JsonUtility")]
    [InlineData("interface IUtils")]
    public void A_name_that_says_nothing_is_found(string declaration) =>
        Assert.NotEmpty(new SourceFile("a.cs", $"namespace A;\n\n{declaration}\n").EmptyNames());

    [Theory]
    [InlineData("sealed class TurnService;", "a good name")]
    [InlineData("sealed class Managers;", "managers may be what it is about")]
    [InlineData("// a class Helper would be wrong", "prose")]
    public void Other_names_are_left_alone(string declaration, string reason) =>
        Assert.True(!new SourceFile("a.cs", declaration).EmptyNames().Any(), reason);

    [Fact]
    public void A_file_that_is_too_long_is_found()
    {
        Expect.Nothing(new SourceFile("a.cs", string.Concat(Enumerable.Repeat("x\n", LongestFile))).TooLong(LongestFile));
        Assert.NotEmpty(new SourceFile("a.cs", string.Concat(Enumerable.Repeat("x\n", LongestFile + 1))).TooLong(LongestFile));
    }

    [Theory]
    [InlineData("""output.Write("event: "u8);""")]
    [InlineData("""output.Write("\ndata: "u8);""")]
    [InlineData("""await http.Response.WriteAsync($"data: {json}\n\n");""")]
    public void Another_writer_of_events_is_found(string statement) =>
        Assert.NotEmpty(new SourceFile("a.cs", statement).WritesEvents());
}
