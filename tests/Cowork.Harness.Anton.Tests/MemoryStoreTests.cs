using System.Text;
using Cowork.Abstractions;
using CsCheck;

namespace Cowork.Harness.Anton.Tests;

public sealed class MemoryStoreTests
{
    static readonly Gen<string> Texts = Gen.OneOf("\n", "\r\n", "- lesson", " ", "# Rules", "ü日🙂", "\t", "\ufeff", "<!-- x -->", "\r").Array[0, 12].Select(string.Concat);

    [Fact]
    public async Task Loading_and_saving_leaves_the_file_as_it_is()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var memory = (IHarnessMemory)anton.Harness;
        var path = Path.Combine(anton.Root, "memory", "rules.md");

        await Texts.SampleAsync(
            async text =>
            {
                await memory.SaveAsync(null, "rules.md", text, CancellationToken.None);
                var saved = await File.ReadAllBytesAsync(path);
                Assert.Equal(text.TrimEnd('\r', '\n'), Encoding.UTF8.GetString(saved).TrimEnd('\r', '\n'));

                var loaded = (await memory.ListAsync(null, CancellationToken.None)).Single(f => f.Path == "rules.md").Content;
                await memory.SaveAsync(null, "rules.md", loaded, CancellationToken.None);
                Assert.Equal(saved, await File.ReadAllBytesAsync(path));
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public async Task A_file_ends_with_one_newline_and_an_empty_one_stays_empty()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var memory = (IHarnessMemory)anton.Harness;

        foreach (var (text, expected) in new[] { ("a", "a\n"), ("a\n", "a\n"), ("a\n\n\n", "a\n"), ("a\r\n", "a\r\n"), ("\n", "\n"), ("", "") })
        {
            await memory.SaveAsync(anton.Project, "lessons.md", text, CancellationToken.None);
            Assert.Equal(expected, await File.ReadAllTextAsync(Path.Combine(anton.Project.Directory, ".anton", "memory", "lessons.md"), TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("../rules.md")] // simple traversal
    [InlineData("topics/../../x.md")] // traversal below a known folder
    [InlineData("topics/..")] // the folder itself
    [InlineData("topics/.hidden.md")] // would never be listed
    [InlineData("topics/a/b.md")] // no deeper folders
    [InlineData("topics\\a.md")] // another system's separator
    [InlineData("topics/a.txt")] // no Markdown
    [InlineData("topics/.md")] // no name
    [InlineData("topics/a\0.md")] // NUL ends the name for the system
    [InlineData("topics/a:b.md")] // another stream of a file on Windows
    [InlineData("/etc/passwd")] // absolute
    [InlineData("Rules.md")] // another file on most systems
    [InlineData("profile.md")] // not the users'
    [InlineData("")] // nothing
    public async Task Only_the_memorys_own_files_can_be_written_and_deleted(string path)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var memory = (IHarnessMemory)anton.Harness;
        var before = Tree(anton.Root);

        foreach (var attempt in new[] { () => memory.SaveAsync(anton.Project, path, "x", CancellationToken.None), () => memory.DeleteAsync(anton.Project, path, CancellationToken.None) })
            Assert.Equal("unknown_memory_file", (await Assert.ThrowsAsync<HarnessException>(attempt)).Code);

        Assert.Equal(before, Tree(anton.Root));
    }

    [Theory]
    [InlineData("harbour/.anton", "lessons.md")] // the agent's folder
    [InlineData("harbour/.anton/memory/topics", "topics/x.md")] // the topics
    [InlineData("harbour/.anton/memory/lessons.md", "lessons.md")] // the file
    public async Task No_link_is_followed(string link, string file)
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var memory = (IHarnessMemory)anton.Harness;
        var outside = Directory.CreateDirectory(Path.Combine(anton.Root, "outside")).FullName;
        anton.File("outside/x.md", "SECRET");
        anton.File("outside/memory/lessons.md", "SECRET");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(anton.Root, link))!);
        File.CreateSymbolicLink(Path.Combine(anton.Root, link), link.EndsWith(".md", StringComparison.Ordinal) ? Path.Combine(outside, "x.md") : outside);

        var failure = await Assert.ThrowsAsync<HarnessException>(() => memory.SaveAsync(anton.Project, file, "x", CancellationToken.None));

        Assert.Equal("unsafe_path", failure.Code);
        Assert.DoesNotContain(await memory.ListAsync(anton.Project, CancellationToken.None), f => f.Content.Contains("SECRET", StringComparison.Ordinal));
        Assert.Equal("SECRET", await File.ReadAllTextAsync(Path.Combine(outside, "x.md"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_topic_may_be_named_in_any_script_and_must_exist_to_be_deleted()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var memory = (IHarnessMemory)anton.Harness;

        await memory.SaveAsync(null, "topics/données_1 (neu).md", "x", CancellationToken.None);
        await memory.SaveAsync(null, "topics/日本.md", "", CancellationToken.None);

        Assert.Equal(["lessons.md", "rules.md", "topics/données_1 (neu).md", "topics/日本.md"], (await memory.ListAsync(null, CancellationToken.None)).Select(f => f.Path));
        await memory.DeleteAsync(null, "topics/日本.md", CancellationToken.None);
        await Assert.ThrowsAsync<HarnessException>(() => memory.DeleteAsync(null, "topics/日本.md", CancellationToken.None));
    }

    [Fact]
    public async Task A_text_that_no_prompt_could_hold_is_refused_and_the_old_one_stays()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var memory = (IHarnessMemory)anton.Harness;
        await memory.SaveAsync(null, "rules.md", "old", CancellationToken.None);

        await Assert.ThrowsAsync<HarnessException>(() => memory.SaveAsync(null, "rules.md", new string('x', 300 * 1024), CancellationToken.None));

        Assert.Equal("old\n", (await memory.ListAsync(null, CancellationToken.None))[1].Content);
    }

    static string[] Tree(string root) => [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
