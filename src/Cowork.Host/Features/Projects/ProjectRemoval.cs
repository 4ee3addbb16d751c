using Cowork.Host.Features.Approvals;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Projects;

/// <summary>Removes a project with its folder, its conversations and everything else that points at it.</summary>
[FeatureService]
sealed class ProjectRemoval(ConversationRemoval conversations, ProjectFolders folders, UploadLinks uploads, Database database, TimeProvider time)
{
    /// <exception cref="ApiException">404: no such project; 400: the default project stays.</exception>
    public async Task RemoveAsync(Guid id, CancellationToken ct)
    {
        if (id == Project.GeneralId)
            throw ApiException.BadRequest("project_protected", "The default project cannot be deleted.");
        Removed? removed = null;
        try
        {
            await conversations.RemoveOfProjectAsync(id, w => removed = DeleteRows(w, id), ct);
        }
        catch when (removed is { Aside: { } aside } && IsStored(id))
        {
            ProjectFolders.Move(aside, removed.Folder);
            throw;
        }

        uploads.RemoveBytes(removed!.Uploads);
        if (removed.Aside is not null)
            folders.Delete(removed.Aside);
    }

    Removed DeleteRows(WriteScope w, Guid id)
    {
        var project = w.Db.Projects.FirstOrDefault(p => p.Id == id) ?? throw ProjectLookup.Missing();
        w.Execute("DELETE FROM pins WHERE item_type = 'schedule' AND lower(replace(item_id, '-', '')) IN (SELECT id FROM schedules WHERE project_id = ?1)", id);
        w.Execute("DELETE FROM pins WHERE item_type = 'project' AND (lower(replace(item_id, '-', '')) = ?1 OR item_id = ?2)", id, project.Name);
        w.Execute("DELETE FROM schedule_runs WHERE schedule_id IN (SELECT id FROM schedules WHERE project_id = ?1)", id);
        w.Execute("DELETE FROM schedules WHERE project_id = ?1", id);
        ApprovalRows.RemoveOfProject(w, id);
        w.Execute("UPDATE channel_bindings SET anton_project_id = NULL WHERE anton_project_id = ?1", id);
        w.Execute("DELETE FROM projects WHERE id = ?1", id);
        if (project.IsActive)
            w.Execute("UPDATE projects SET is_active = 1, modified_at = ?2 WHERE id = ?1", Project.GeneralId, time.UtcNow());
        var isOwn = folders.Owns(project.Path, w.Db.Projects.Where(p => p.Id != id).Select(p => p.Path));
        return new(
            UploadLinks.DeleteOfProject(w, project.Name),
            project.Path,
            isOwn && Directory.Exists(project.Path) ? folders.SetAside(project.Path) : null);
    }

    bool IsStored(Guid id) => database.Query(statements => statements.Scalar("SELECT 1 FROM projects WHERE id = ?1", id) is not null);

    /// <param name="Aside">Where the folder waits for being deleted; null when it stays.</param>
    sealed record Removed(IReadOnlyList<UploadBytes> Uploads, string Folder, string? Aside);
}
