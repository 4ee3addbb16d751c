using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Projects;

/// <summary>The rules for making and changing projects.</summary>
[FeatureService]
sealed class ProjectsService(Database database, ProjectFolders folders, TimeProvider time)
{
    const string Select = "SELECT id, name, path, is_active, created_at, modified_at FROM projects";

    /// <summary>All projects in the order in which they were made.</summary>
    public IReadOnlyList<ProjectView> List() => database.Query(statements => statements.List(ReadRow, $"{Select} ORDER BY rowid"));

    /// <exception cref="ApiException">404: no such project.</exception>
    public ProjectView Get(Guid id) =>
        database.Query(statements => statements.List(ReadRow, $"{Select} WHERE id = ?1", id)) is [var found] ? found : throw ProjectLookup.Missing();

    /// <summary>The folder of a project; null when there is no such project.</summary>
    public string? FolderOf(string name) =>
        database.Query(statements => (string?)statements.Scalar("SELECT path FROM projects WHERE name = ?1", name));

    /// <summary>The folders of all projects.</summary>
    public IReadOnlyList<string> Folders() => database.Query(statements => statements.List(r => r.GetString(0), "SELECT path FROM projects"));

    public async Task<ProjectView> CreateAsync(string name, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        string? made = null;
        try
        {
            await database.WriteAsync(
                w =>
                {
                    var free = ProjectName.FirstFree(ProjectName.From(name), Taken(w, except: null));
                    var path = folders.PathOf(free);
                    ProjectFolders.Create(path);
                    made = path;
                    w.Execute("INSERT INTO projects (id, name, path, is_active, created_at, modified_at) VALUES (?1, ?2, ?3, 0, ?4, ?4)", id, free, path, time.UtcNow());
                },
                ct);
        }
        catch when (made is not null)
        {
            Directory.Delete(made);
            throw;
        }

        return Get(id);
    }

    /// <exception cref="ApiException">404: no such project; 400: the default project keeps its name; 409: an agent works in it.</exception>
    public async Task<ProjectView> UpdateAsync(Guid id, ProjectChange change, CancellationToken ct)
    {
        if (id == Project.GeneralId && change.Name is not null)
            throw ApiException.BadRequest("project_protected", "The default project cannot be renamed.");
        (string From, string To)? moved = null;
        try
        {
            await database.WriteAsync(
                w =>
                {
                    var project = w.Db.Projects.FirstOrDefault(p => p.Id == id) ?? throw ProjectLookup.Missing();
                    if (change.IsActive is { } active && active != project.IsActive)
                        Activate(w, id, active);
                    if (change.Name is { } wanted)
                        moved = Rename(w, project, wanted);
                },
                ct);
        }
        catch when (moved is not null)
        {
            // The row could not be committed: back to where it says.
            ProjectFolders.Move(moved.Value.To, moved.Value.From);
            throw;
        }

        return Get(id);
    }

    /// <summary>Makes a project the active one, or none.</summary>
    void Activate(WriteScope w, Guid id, bool active)
    {
        var now = time.UtcNow();
        w.Execute("UPDATE projects SET is_active = 0, modified_at = ?1 WHERE is_active = 1", now);
        if (active)
            w.Execute("UPDATE projects SET is_active = 1, modified_at = ?2 WHERE id = ?1", id, now);
    }

    /// <returns>The folder that was moved, if any.</returns>
    (string From, string To)? Rename(WriteScope w, Project project, string wanted)
    {
        var name = ProjectName.FirstFree(ProjectName.From(wanted), Taken(w, except: project));
        if (name == project.Name)
            return null;
        if (w.Scalar("SELECT 1 FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE t.log_closed = 0 AND t.status = 'running' AND c.project_id = ?1", project.Id) is not null)
            throw ApiException.Conflict("project_busy", "An agent is working in this project, and renaming would move the folder away from under it. Wait until it is done, or stop it.");

        var isOwn = folders.Owns(project.Path, w.Db.Projects.Where(p => p.Id != project.Id).Select(p => p.Path));
        var path = isOwn ? folders.PathOf(name) : project.Path;
        w.Execute("UPDATE projects SET name = ?2, path = ?3, modified_at = ?4 WHERE id = ?1", project.Id, name, path, time.UtcNow());
        UploadLinks.FollowRename(w, project.Name, name);
        w.Execute("UPDATE OR IGNORE pins SET item_id = ?2 WHERE item_type = 'project' AND item_id = ?1", project.Name, name);
        if (!isOwn || !Directory.Exists(project.Path))
            return null;
        ProjectFolders.Move(project.Path, path);
        return (project.Path, path);
    }

    HashSet<string> Taken(WriteScope w, Project? except)
    {
        var taken = new HashSet<string>(folders.NamesOnDisk(), ProjectName.Comparer);
        if (except is not null)
            taken.Remove(Path.GetFileName(except.Path));
        taken.UnionWith(w.List(r => r.GetString(0), "SELECT name FROM projects WHERE id <> ?1", except?.Id ?? Guid.Empty));
        return taken;
    }

    static ProjectView ReadRow(SqliteDataReader row) => new(
        Encodings.ToId(row.GetString(0)), row.GetString(1), row.GetString(2), row.GetBoolean(3), Encodings.ToTime(row.GetString(4)), Encodings.ToTime(row.GetString(5)));
}
