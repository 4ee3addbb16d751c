using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Files;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Turns;

/// <summary>Turns a request into a turn: checks everything first, so that a refused request creates nothing.</summary>
[FeatureService]
sealed class TurnIntake(Database database, StoredFiles files, HarnessChoice harnesses, TurnService turns, TimeProvider time)
{
    const int TitleLength = 80;

    /// <exception cref="ApiException">The request names something that does not exist or asks for nothing.</exception>
    public async Task<Turn> SubmitAsync(ResponseRequest request, CancellationToken ct)
    {
        var input = ResponseInput.Parse(request.Input);
        var attachments = (request.AttachmentIds ?? []).Select(id => Guid.TryParse(id, out var parsed) ? parsed : Guid.Empty).Where(id => files.Find(id) is not null).ToList();
        if (input.IsEmpty && attachments.Count == 0)
            throw ApiException.Invalid("input", "There is nothing to answer. Send a text or a file.");
        foreach (var id in input.FileIds)
            if (!Guid.TryParse(id, out var file) || files.Find(file) is null)
                throw ApiException.NotFound("file_not_found", $"There is no file '{id}'. Upload it first.");
        if (request.OnBusy is not (null or "queue" or "reject"))
            throw ApiException.Invalid("on_busy", "on_busy must be queue or reject.");

        var harness = harnesses.Choose(request.Harness);
        var (conversationId, created) = Conversation(request, input);
        if (created is not null && request.Conversation is { Length: > 0 } oldId && !Guid.TryParse(oldId, out _))
            await files.RelinkAsync(ProjectName(created.ProjectId), oldId, conversationId, ct);

        var turn = new Turn
        {
            Id = Guid.CreateVersion7(),
            ConversationId = conversationId,
            Status = TurnStatus.Queued,
            Harness = harness,
            Model = request.Model,
            Input = input.Json,
            Options = attachments.Count == 0 ? null : new TurnOptions(attachments).ToJson(),
            CreatedAt = time.UtcNow(),
        };
        return await turns.SubmitAsync(turn, created, request.OnBusy == "reject", ct);
    }

    /// <summary>The conversation that the request means, and its row when it does not exist yet.</summary>
    (Guid Id, Conversation? Created) Conversation(ResponseRequest request, ResponseInput input)
    {
        var wanted = Guid.TryParse(request.Conversation, out var named) ? named : Guid.CreateVersion7();
        var (project, isThere, hasProject) = database.Query(statements => (
            // Checked even for an existing conversation, which keeps its project: a wrong name is a mistake worth hearing about.
            ProjectLookup.Choose(statements, request.ProjectId, request.Project),
            statements.Scalar("SELECT 1 FROM conversations WHERE id = ?1", wanted) is not null,
            statements.Scalar("SELECT 1 FROM conversations c JOIN projects p ON p.id = c.project_id WHERE c.id = ?1", wanted) is not null));
        if (isThere)
            // The earlier server left conversations behind when it deleted a project.
            return hasProject
                ? (wanted, null)
                : throw ApiException.Conflict("project_gone", "The project of this conversation is gone. Move the conversation to another project, then write again.");
        var now = time.UtcNow();
        return (wanted, new() { Id = wanted, Topic = Titles.Cut(input.Text, TitleLength) ?? Titles.Untitled, ProjectId = project, CreatedAt = now, ModifiedAt = now });
    }

    string ProjectName(Guid id) => (string)database.Query(statements => statements.Scalar("SELECT name FROM projects WHERE id = ?1", id))!;
}
