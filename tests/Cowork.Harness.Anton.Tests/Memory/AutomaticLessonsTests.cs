using Cowork.Abstractions;
using Cowork.Harness.Anton.Memory;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Harness.Anton.Tests.Memory;

public sealed class AutomaticLessonsTests
{
    [Fact]
    public async Task They_have_a_file_of_their_own_that_people_see_and_edit()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var memory = (IHarnessMemory)anton.Harness;
        var store = anton.Services.GetRequiredService<MemoryStore>();
        Assert.DoesNotContain(await memory.ListAsync(anton.Project, CancellationToken.None), file => file.Path == "automatic-lessons.md");

        Assert.True(await store.AppendAutomaticLessonAsync(anton.Project, "The export needs a header", "export", CancellationToken.None));
        Assert.False(await store.AppendAutomaticLessonAsync(anton.Project, "The export needs a header", null, CancellationToken.None));
        Assert.True(await store.AppendAutomaticLessonAsync(anton.Project, "Second", null, CancellationToken.None));

        var file = (await memory.ListAsync(anton.Project, CancellationToken.None)).Single(file => file.Path == "automatic-lessons.md");
        Assert.Equal("# Automatic lessons\n- The export needs a header <!-- topic:export ts:2026-03-14 -->\n- Second <!-- ts:2026-03-14 -->\n", file.Content);

        // Undo: the line goes, the rest stays.
        await memory.SaveAsync(anton.Project, file.Path, file.Content.Replace("- Second <!-- ts:2026-03-14 -->\n", "", StringComparison.Ordinal), CancellationToken.None);
        var notes = await anton.Services.GetRequiredService<MemoryFiles>().ReadProjectAsync(anton.Project, CancellationToken.None);
        Assert.Equal(["- The export needs a header"], notes.Lessons);
        await memory.DeleteAsync(anton.Project, file.Path, CancellationToken.None);
        Assert.Empty((await anton.Services.GetRequiredService<MemoryFiles>().ReadProjectAsync(anton.Project, CancellationToken.None)).Lessons);
    }

    [Fact]
    public async Task What_people_asked_for_is_the_last_to_be_left_out()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.File("memory/automatic-lessons.md", "- automatic\n");
        anton.File("memory/lessons.md", "- asked for\n");
        anton.File("memory/profile.md", "# Profile\n\n- Name: Jorge\n- Name: Ana\n");

        var notes = await anton.Services.GetRequiredService<MemoryFiles>().ReadGlobalAsync(CancellationToken.None);

        Assert.Equal(["- automatic", "- asked for"], notes.Lessons);
        Assert.Equal(["- Name: Ana"], notes.Profile);
    }
}
