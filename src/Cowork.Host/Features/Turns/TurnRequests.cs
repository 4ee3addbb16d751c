using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Files;
using Cowork.Host.Features.Projects;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Skills;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Turns;

/// <summary>Gathers what a harness gets for a turn. Settings are read here, so a change applies to the next turn.</summary>
[FeatureService]
sealed class TurnRequests(Database database, StoredFiles files, ModelSettings models)
{
    /// <exception cref="HarnessException">The conversation or its project is gone, or the model is not configured.</exception>
    public TurnRequest Build(Turn turn, HarnessDescriptor harness, ITurnServices services)
    {
        using var db = database.Read();
        var project = FindProject(db, turn);
        Directory.CreateDirectory(project.Path);
        var uploads = files.OfConversation(project.Name, turn.ConversationId);
        return new()
        {
            TurnId = turn.Id,
            ConversationId = turn.ConversationId,
            Project = new(project.Id, project.Name, project.Path),
            Input = [.. InFront(turn), .. Blocks(turn.Input)],
            History = History(db, turn),
            Attachments = uploads,
            Skills = SkillsService.ForTurn(db),
            Models = harness.NeedsModel ? models.Resolve() : null,
            Services = services,
        };
    }

    /// <summary>Absolute path of the folder that the turn works in.</summary>
    public string ProjectOf(Turn turn)
    {
        using var db = database.Read();
        return FindProject(db, turn).Path;
    }

    static Project FindProject(CoworkDb db, Turn turn) =>
        db.Conversations.Where(c => c.Id == turn.ConversationId).Join(db.Projects, c => c.ProjectId, p => p.Id, (_, p) => p).FirstOrDefault()
            ?? throw new HarnessException(FailureCodes.InternalError, "The project of this conversation no longer exists. Move the conversation to another project.");

    IEnumerable<ContentBlock> InFront(Turn turn) =>
        turn.Options is { } json && JsonSerializer.Deserialize(json, TurnOptionsJson.Default.TurnOptions) is { } options
            ? options.AttachmentIds.Select(files.Find).OfType<AttachedFile>().Select(ToBlock)
            : [];

    IReadOnlyList<HistoryMessage> History(CoworkDb db, Turn turn)
    {
        var before = db.Messages.Where(m => m.Id == turn.UserMessageId).Select(m => m.Position).FirstOrDefault();
        var rows = db.Messages.Where(m => m.ConversationId == turn.ConversationId && m.Position < before).OrderBy(m => m.Position).Select(m => new { m.Role, m.Content }).ToList();
        var history = new List<HistoryMessage>(rows.Count);
        foreach (var row in rows)
        {
            IReadOnlyList<ContentBlock> blocks = [.. Blocks(row.Content ?? "null")];
            // A turn that failed before its first word left an empty answer; models refuse empty messages.
            if (blocks.Count > 0)
                history.Add(new(row.Role == Message.User ? MessageRole.User : MessageRole.Assistant, blocks));
        }

        return history;
    }

    IEnumerable<ContentBlock> Blocks(string content)
    {
        foreach (var part in MessageContent.Parse(content).Parts)
        {
            if (part.FileId is { } id && files.Find(id) is { } file)
                yield return ToBlock(file);
            else if (!string.IsNullOrWhiteSpace(part.Text))
                yield return new ContentBlock.TextBlock(part.Text);
        }
    }

    static ContentBlock ToBlock(AttachedFile file) =>
        file.ContentType.StartsWith("image/", StringComparison.OrdinalIgnoreCase) ? new ContentBlock.ImageBlock(file) : new ContentBlock.FileBlock(file);
}
