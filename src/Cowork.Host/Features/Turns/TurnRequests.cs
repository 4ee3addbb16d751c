using Cowork.Abstractions;
using Cowork.Host.Features.Files;
using Cowork.Host.Features.Projects;
using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Skills;
using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Turns;

/// <summary>Gathers what a harness gets for a turn. Settings are read here, so a change applies to the next turn.</summary>
[FeatureService]
sealed class TurnRequests(Database database, StoredFiles files, TurnHistory history, ModelSettings models, MemorySettings memory, SettingsService settings, SkillsService skills)
{
    /// <exception cref="HarnessException">The conversation or its project is gone, or the model is not configured.</exception>
    public TurnRequest Build(Turn turn, TurnOptions options, Project project, HarnessDescriptor harness, ITurnServices services)
    {
        var uploads = files.OfConversation(project.Name, turn.ConversationId);
        return new()
        {
            TurnId = turn.Id,
            ConversationId = turn.ConversationId,
            Project = new(project.Id, project.Name, project.Path),
            Input = [.. InFront(options), .. history.Blocks(turn.Input)],
            History = history.Before(turn),
            Attachments = uploads,
            Skills = skills.ForTurn(),
            IsInteractive = options.IsInteractive,
            Memory = memory.Policy,
            Tone = settings.Get("tone") is { } tone and not ("" or "balanced") ? tone : null,
            ProactiveDashboards = settings.IsOn("proactive_dashboards"),
            TokenBudget = options.TokenBudget,
            Models = harness.NeedsModel ? models.Resolve(options.Model) : null,
            Services = services,
        };
    }

    /// <summary>The project that the turn works in; its folder exists.</summary>
    /// <exception cref="HarnessException">It is gone.</exception>
    public Project ProjectOf(Turn turn)
    {
        var project = database.Query(statements => statements.List(ReadProject, ProjectOfConversation, turn.ConversationId)) is [var found]
            ? found
            : throw new HarnessException(FailureCodes.InternalError, "The project of this conversation no longer exists. Move the conversation to another project.");
        Directory.CreateDirectory(project.Path);
        return project;
    }

    const string ProjectOfConversation = "SELECT p.id, p.name, p.path FROM projects p JOIN conversations c ON c.project_id = p.id WHERE c.id = ?1";

    static Project ReadProject(SqliteDataReader row) => new() { Id = Guid.Parse(row.GetString(0)), Name = row.GetString(1), Path = row.GetString(2) };

    IEnumerable<ContentBlock> InFront(TurnOptions options) =>
        options.AttachmentIds.Select(files.Find).OfType<AttachedFile>().Select(TurnHistory.ToBlock);
}
