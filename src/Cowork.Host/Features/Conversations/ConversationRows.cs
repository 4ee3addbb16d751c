using Cowork.Host.Features.Files;
using Cowork.Host.Platform.Data;

namespace Cowork.Host.Features.Conversations;

/// <summary>Writes of conversation rows that several features need.</summary>
static class ConversationRows
{
    /// <summary>Stores a new conversation, unless its id is taken or its project is gone.</summary>
    public static bool Insert(WriteScope w, Conversation c) =>
        w.Execute(
            "INSERT INTO conversations (id, topic, project_id, disabled_connections, created_at, modified_at) " +
            "SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM projects WHERE id = ?3) ON CONFLICT (id) DO NOTHING",
            c.Id, c.Topic, c.ProjectId, c.DisabledConnections, c.CreatedAt, c.ModifiedAt) > 0;

    /// <summary>Lets a conversation's uploads follow it into another project: they are found by the project's name.</summary>
    public static void MoveUploads(WriteScope w, Guid id, Guid fromProject, Guid toProject) =>
        w.Execute(
            "UPDATE files SET purpose = ?1 WHERE purpose = ?2",
            StoredFiles.AttachmentPurpose(ProjectName(w, toProject), id.ToString()),
            StoredFiles.AttachmentPurpose(ProjectName(w, fromProject), id.ToString()));

    static string ProjectName(WriteScope w, Guid id) => (string?)w.Scalar("SELECT name FROM projects WHERE id = ?1", id) ?? "";
}
