using Cowork.Harness.Anton.Tools.Artifacts;
using Cowork.Harness.Anton.Tools.Commands;
using Cowork.Harness.Anton.Tools.Conversation;
using Cowork.Harness.Anton.Tools.Data;
using Cowork.Harness.Anton.Tools.Files;
using Cowork.Harness.Anton.Tools.Memory;
using Cowork.Harness.Anton.Tools.Skills;
using Cowork.Harness.Anton.Tools.Web;

namespace Cowork.Harness.Anton.Tools;

/// <summary>The tools that need nothing but this plugin.</summary>
sealed class CoreTools(RunCommandTool runCommand, QueryDataTool queryData, WebFetchTool webFetch, WebSearchTool webSearch, MemorizeTool memorize, RecallSkillTool recallSkill) : IToolSource
{
    readonly ITool[] _tools =
    [
        new ReadFileTool(), new WriteFileTool(), new EditFileTool(), new ListFilesTool(), new SearchFilesTool(), new DeleteFileTool(),
        runCommand, queryData, webFetch, webSearch, new ReadImageTool(), memorize, recallSkill,
        new CreateArtifactTool(), new ListArtifactsTool(), new OpenArtifactTool(), new UpdateArtifactTool(), new AskUserTool(),
    ];

    public ValueTask<IReadOnlyList<ITool>> ToolsAsync(ToolContext context, CancellationToken ct) =>
        ValueTask.FromResult<IReadOnlyList<ITool>>([.. _tools.Where(tool => IsOffered(tool, context))]);

    /// <summary>A tool that could only say no is worse than none.</summary>
    static bool IsOffered(ITool tool, ToolContext context) => tool switch
    {
        WebSearchTool search => search.IsAvailable,
        AskUserTool => context.Request.IsInteractive,
        _ => true,
    };
}
