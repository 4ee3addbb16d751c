using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Lets the model compute: cells of Python whose variables stay.</summary>
sealed class ScratchpadTool(PadPool pads, ICellRuntime runtime, CellServices services, ScratchpadOptions options) : ITool
{
    public const string Name = "scratchpad";
    const int LongestInstallation = 4000;

    public ToolSpec Spec { get; } = new(
        Name,
        """
        Runs Python in the project folder. A scratchpad keeps its variables between cells and turns; other names are other scratchpads. Only what you print() is seen; input() is not possible.
        Also there: progress(msg) for long work, sample(var) prints a summary, get_llm().complete(system, messages) and .generate_object(schema, system, messages), agentic_loop(system=, user_message=, tools=, handle_tool=).
        Actions: exec runs code; view lists cells with output; dump shows the user a notebook; reset forgets everything; remove deletes the scratchpad; install adds packages.
        """,
        BinaryData.FromString("""
        {"type":"object","properties":{
        "action":{"type":"string","enum":["exec","view","reset","remove","dump","install"]},
        "name":{"type":"string","description":"Which scratchpad, e.g. main"},
        "code":{"type":"string","description":"exec: the cell"},
        "packages":{"type":"array","items":{"type":"string"},"description":"Distributions from PyPI to install first"},
        "one_line_description":{"type":"string","description":"exec: what the cell does, for the user"},
        "estimated_execution_time_seconds":{"type":"integer","description":"exec: sets the time limit; without it 120 s"}},
        "required":["action","name"]}
        """));

    public bool IsReadOnly => false;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ScratchpadJson.Default.ScratchpadArguments);
        var key = PadKey.From(context.Request.ConversationId, arguments.Name);
        switch (arguments.Action)
        {
            case "exec":
                return await ExecAsync(call.Id, arguments, key, context, ct);
            case "install":
                if (arguments.Packages is not { Count: > 0 } packages)
                    throw new ToolException("packages is empty. Name what to install.");
                await AllowedAsync(call.Id, "Install Python packages", string.Join(", ", packages), context, ct);
                return new(await InstallAsync(call.Id, packages, context, ct));
            case "view" or "dump" or "reset" or "remove":
                await using (var pad = await pads.UseAsync(key, ct))
                    return await OtherAsync(call.Id, arguments.Action, key.Name, pad, context);
            default:
                throw new ToolException($"There is no action '{arguments.Action}'. Use exec, view, reset, remove, dump or install.");
        }
    }

    static async Task<ToolOutcome> OtherAsync(string id, string action, string name, PadUse pad, ToolContext context)
    {
        if (action is "reset" or "remove")
        {
            await pad.ResetAsync();
            return new(action == "reset" ? $"The scratchpad '{name}' is empty now." : $"The scratchpad '{name}' is gone.");
        }

        if (pad.Log.Cells.Count == 0)
            return new($"The scratchpad '{name}' has no cells.");
        if (action == "view")
            return new(CellReport.View(pad.Log.Cells));
        var notebook = CellReport.Notebook(name, pad.Log.Cells);
        context.Emit(new HarnessEvent.ToolResult(id, Name, action, notebook));
        return new($"The user sees this notebook now; do not repeat it.\n\n{notebook}");
    }

    async Task<string> InstallAsync(string id, IReadOnlyList<string> packages, ToolContext context, CancellationToken ct)
    {
        context.Progress("scratchpad", $"Installing {string.Join(", ", packages)}", id);
        var said = await runtime.InstallAsync(packages, line => context.Progress("scratchpad", line.Trim(), id), ct);
        return CutText.Middle(said, LongestInstallation);
    }

    /// <summary>Code can do all that commands could, and so can the set-up of a package. Where people do not want that, they forbid it as a whole.</summary>
    /// <exception cref="ToolException">It is not allowed.</exception>
    static async Task AllowedAsync(string id, string summary, string detail, ToolContext context, CancellationToken ct)
    {
        var decision = await context.Services.RequestApprovalAsync(new("run_code", summary, "python") { Detail = context.Scrubber.Scrub(detail), ToolUseId = id }, ct);
        if (!decision.IsAllowed)
            throw new ToolException($"It was not run. {decision.Reason}");
    }

    async Task<ToolOutcome> ExecAsync(string id, ScratchpadArguments arguments, PadKey key, ToolContext context, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(arguments.Code))
            throw new ToolException("code is empty. Give the cell that shall run.");
        await AllowedAsync(id, "Run Python code", arguments.Code, context, ct);
        if (arguments.Packages is { Count: > 0 } packages)
            await InstallAsync(id, packages, context, ct);

        var estimate = arguments.EstimatedExecutionTimeSeconds is > 0 and var seconds ? seconds : (double?)null;
        var description = arguments.OneLineDescription?.Trim() ?? "";
        var message = description.Length > 0 ? description : "Python cell";
        context.Progress("scratchpad_start", message, id, estimate);
        var began = options.Clock.GetTimestamp();

        await using var pad = await pads.UseAsync(key, ct);
        var watch = new CellWatch(context, services, options, id);
        try
        {
            return Report(await RunAsync(pad, arguments.Code, estimate, watch, context, ct));
        }
        catch (OperationCanceledException)
        {
            Report(new(CellStatus.Cancelled, "The turn was stopped while this cell ran."));
            throw;
        }

        ToolOutcome Report(CellEnd end)
        {
            var (output, errors, logs) = watch.Take();
            var clean = end with { Error = end.Error is null ? null : context.Scrubber.Scrub(end.Error) };
            var report = new CellReport(context.Scrubber.Scrub(arguments.Code), context.Scrubber.Scrub(description), estimate, output, errors, logs, clean);
            pad.Log.Add(report.ToKept(pad.Log.Last + 1));
            context.Progress("scratchpad_done", message, id, options.Clock.GetElapsedTime(began).TotalSeconds);
            context.Emit(new HarnessEvent.ToolResult(id, Name, "exec", report.ToFrame()));
            return new(report.ToText(), IsError: end.Status != CellStatus.Ok);
        }
    }

    async Task<CellEnd> RunAsync(PadUse pad, string code, double? estimate, CellWatch watch, ToolContext context, CancellationToken ct)
    {
        try
        {
            var (session, notice) = await pad.SessionAsync(context.Project.Directory, ct);
            if (notice is not null)
                watch.Output(CellStream.Logs, notice);
            var cell = new CellRequest(pad.Log.Last + 1, code, options.LimitFor(estimate), services.OfferedIn(context), context.Request.Models?.Coding.Model);
            return await session.RunAsync(cell, watch, ct);
        }
        catch (ToolException e)
        {
            return new(CellStatus.Error, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(CellStatus.Error, "The scratchpad's files could not be written, so the cell did not run. Tell the user to check the free space of the disk.");
        }
    }
}
