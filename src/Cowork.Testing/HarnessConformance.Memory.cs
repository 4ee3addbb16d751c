using Cowork.Abstractions;

namespace Cowork.Testing;

/// <content>The tests of a harness that remembers.</content>
public abstract partial class HarnessConformance<TPlugin>
{
    const string Remembered = "- The harbour opens at six.\n- Ask before you sail.\n";

    /// <summary>What was saved is listed, also after saving it again; what was deleted is empty or gone.</summary>
    [Fact]
    public async Task What_is_saved_is_remembered()
    {
        var memory = await MemoryAsync();
        foreach (var project in new[] { null, TestTurn.Project(Plugin, "harbour") })
        {
            var path = await PathAsync(memory, project);
            await memory.SaveAsync(project, path, Remembered, Ct);
            var listed = await TextAsync(memory, project, path);
            Assert.Contains("The harbour opens at six.", listed, StringComparison.Ordinal);

            await memory.SaveAsync(project, path, listed!, Ct);
            Assert.Equal(listed, await TextAsync(memory, project, path));

            await memory.DeleteAsync(project, path, Ct);
            Assert.DoesNotContain("harbour", await TextAsync(memory, project, path) ?? "", StringComparison.Ordinal);
        }
    }

    /// <summary>There is one memory for everything and one for each project.</summary>
    [Fact]
    public async Task Memory_of_a_project_stays_in_the_project()
    {
        var memory = await MemoryAsync();
        var project = TestTurn.Project(Plugin, "harbour");
        await memory.SaveAsync(project, await PathAsync(memory, project), Remembered, Ct);
        foreach (var other in new[] { null, TestTurn.Project(Plugin, "lighthouse") })
            Assert.DoesNotContain(await memory.ListAsync(other, Ct), f => f.Content.Contains("harbour", StringComparison.Ordinal));
    }

    /// <summary>Paths come from clients.</summary>
    [Fact]
    public async Task Memory_paths_that_lead_out_are_refused()
    {
        var memory = await MemoryAsync();
        var project = TestTurn.Project(Plugin, "harbour");
        foreach (var path in new[] { "../outside.md", "..\\outside.md", "a/../../../outside.md", Path.Combine(Plugin.Root, "outside.md"), "", "nul\0l.md" })
        {
            await Assert.ThrowsAsync<HarnessException>(() => memory.SaveAsync(project, path, Remembered, Ct));
            await Assert.ThrowsAsync<HarnessException>(() => memory.DeleteAsync(project, path, Ct));
        }

        Assert.Empty(Directory.EnumerateFiles(Plugin.Root, "*outside*", SearchOption.AllDirectories));
    }

    async Task<IHarnessMemory> MemoryAsync()
    {
        if ((await ServingAsync()).Harness(HarnessId) is IHarnessMemory memory)
            return memory;
        Assert.Skip($"The harness has no memory: it does not implement {nameof(IHarnessMemory)}.");
        return null;
    }

    async Task<string> PathAsync(IHarnessMemory memory, ProjectInfo? project) =>
        (await memory.ListAsync(project, Ct)).Select(f => f.Path).FirstOrDefault() ?? MemoryPath;

    static async Task<string?> TextAsync(IHarnessMemory memory, ProjectInfo? project, string path) =>
        (await memory.ListAsync(project, Ct)).FirstOrDefault(f => f.Path == path)?.Content;
}
