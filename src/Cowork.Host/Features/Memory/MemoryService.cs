using Cowork.Abstractions;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Features.Memory;

/// <summary>Shows and edits what the agent remembers; the memory itself belongs to the harness.</summary>
[FeatureService]
sealed class MemoryService(Database database, PluginRegistry plugins, HarnessChoice harnesses)
{
    const string Global = "Global";
    const string Project = "Project";
    const int PreviewLength = 200;

    /// <summary>The shared memory, then each project's; nothing when no agent has a memory.</summary>
    /// <param name="projectPath">Only this project's beside the shared one.</param>
    public async Task<IReadOnlyList<MemorySection>> ListAsync(string? projectPath, CancellationToken ct)
    {
        using var lease = Rent();
        if (lease is null)
            return [];
        var memory = (IHarnessMemory)lease.Harness;
        var sections = new List<MemorySection> { ToSection(null, await memory.ListAsync(null, ct)) };
        foreach (var project in Projects().Where(p => projectPath is null || IsAt(p, projectPath)))
            sections.Add(ToSection(project, await memory.ListAsync(project, ct)));
        return sections;
    }

    /// <param name="project">Null for the shared memory.</param>
    /// <param name="file">A path inside the memory, or the category of a file.</param>
    /// <exception cref="ApiException">400: no such file; 409: no agent has a memory.</exception>
    public Task SaveAsync(ProjectInfo? project, string file, string content, CancellationToken ct) =>
        ChangeAsync(async memory => await memory.SaveAsync(project, PathOf(await memory.ListAsync(project, ct), file) ?? file, content, ct));

    /// <inheritdoc cref="SaveAsync"/>
    public Task SaveCategoryAsync(ProjectInfo? project, string category, string content, CancellationToken ct) =>
        ChangeAsync(async memory =>
        {
            var path = PathOf(await memory.ListAsync(project, ct), category)
                ?? throw ApiException.BadRequest("unknown_category", "The agent's memory has no such category.");
            await memory.SaveAsync(project, path, content, ct);
        });

    /// <inheritdoc cref="SaveAsync"/>
    public Task DeleteAsync(ProjectInfo? project, string file, CancellationToken ct) =>
        ChangeAsync(async memory => await memory.DeleteAsync(project, PathOf(await memory.ListAsync(project, ct), file) ?? file, ct));

    /// <summary>The project that a scope and a path mean; null for the shared memory.</summary>
    /// <exception cref="ApiException">400: a project's memory without a path; 404: no project has its folder there.</exception>
    public ProjectInfo? ProjectOf(string? scope, string? path)
    {
        if (scope is null || scope.Equals(Global, StringComparison.OrdinalIgnoreCase))
            return null;
        if (string.IsNullOrWhiteSpace(path))
            throw ApiException.BadRequest("project_missing", "Say which project's memory is meant: its path is missing.");
        return Projects().FirstOrDefault(p => IsAt(p, path)) ?? throw ApiException.NotFound("project_not_found", "There is no project with this path.");
    }

    /// <summary>The same for callers that know the project's id.</summary>
    public ProjectInfo? ProjectOf(string scope, Guid? id)
    {
        if (scope.Equals(Global, StringComparison.OrdinalIgnoreCase))
            return null;
        if (!scope.Equals(Project, StringComparison.OrdinalIgnoreCase))
            throw ApiException.Invalid("scope", "The scope must be 'global' or 'project'.");
        return Projects().FirstOrDefault(p => p.Id == id) ?? throw ApiException.BadRequest("project_not_found", "There is no project with this id.");
    }

    async Task ChangeAsync(Func<IHarnessMemory, Task> change)
    {
        using var lease = Rent() ?? throw ApiException.Conflict("no_memory", "No agent that remembers is loaded. Enable one under Plugins, for example Anton.");
        try
        {
            await change((IHarnessMemory)lease.Harness);
        }
        catch (HarnessException e)
        {
            throw ApiException.BadRequest(e.Code, e.UserMessage);
        }
    }

    /// <summary>The chosen agent if it has a memory, else the first that has one.</summary>
    PluginLease<HarnessDescriptor>? Rent()
    {
        var chosen = harnesses.Choose(null);
        foreach (var id in plugins.Current.Harnesses.Select(h => h.Id).OrderBy(id => id != chosen))
        {
            if (!plugins.TryRent(id, out var lease))
                continue;
            if (lease.HasAbility<IHarnessMemory>())
                return lease;
            lease.Dispose();
        }

        return null;
    }

    IReadOnlyList<ProjectInfo> Projects() => database.Query(statements => statements.List(
        row => new ProjectInfo(Encodings.ToId(row.GetString(0)), row.GetString(1), row.GetString(2)), "SELECT id, name, path FROM projects ORDER BY created_at"));

    static bool IsAt(ProjectInfo project, string path) => project.Directory.TrimEnd('/', '\\') == path.TrimEnd('/', '\\');

    static string? PathOf(IReadOnlyList<MemoryFile> files, string category) => files.FirstOrDefault(f => f.Category == category)?.Path;

    static MemorySection ToSection(ProjectInfo? project, IReadOnlyList<MemoryFile> files)
    {
        var scope = project is null ? Global : Project;
        return new(scope, project?.Name, project?.Directory, [.. files.Select(f => new MemoryRow(f.Path, f.Content, Preview(f.Content), scope, project?.Name, project?.Directory))]);
    }

    static string Preview(string content) =>
        content.Length <= PreviewLength ? content
        : content[..(char.IsHighSurrogate(content[PreviewLength - 1]) ? PreviewLength - 1 : PreviewLength)];
}
