using Cowork.Abstractions;

namespace Cowork.Host.Features.Turns;

/// <summary>How what a harness says loses its secrets before anything else is done with it.</summary>
sealed partial class TurnEventWriter
{
    TurnSecrets _secrets = TurnSecrets.None;
    DeltaScrubber? _scrubber;

    /// <summary>Masks these from now on, in everything: a harness that lets a key slip, or a tool that prints it, must not publish it.</summary>
    public void Protect(TurnSecrets secrets)
    {
        lock (_gate)
            (_secrets, _scrubber) = (secrets, secrets.IsEmpty ? null : new(secrets));
    }

    public void Write(HarnessEvent e)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            if (_scrubber is null)
                WriteEvent(e);
            else if (e is HarnessEvent.TextDelta delta)
                WriteDelta(_scrubber.Push(delta.Text));
            else
            {
                WriteDelta(_scrubber.Flush());
                WriteEvent(Clean(e));
            }
        }
    }

    public string Clean(string text) => _secrets.Clean(text);

    public int LongestSecret => _secrets.Longest;

    HarnessEvent Clean(HarnessEvent e) => e switch
    {
        HarnessEvent.ToolStarted tool => tool with { ToolUseId = Clean(tool.ToolUseId), ToolName = Clean(tool.ToolName) },
        HarnessEvent.ToolArguments tool => tool with
        {
            ToolUseId = Clean(tool.ToolUseId),
            ToolName = Clean(tool.ToolName),
            ArgumentsJson = Clean(tool.ArgumentsJson),
            ProviderData = _secrets.Clean(tool.ProviderData),
        },
        HarnessEvent.ToolCompleted tool => tool with { ToolUseId = Clean(tool.ToolUseId), ToolName = Clean(tool.ToolName), Text = Clean(tool.Text) },
        HarnessEvent.ToolResult tool => tool with
        {
            ToolUseId = Clean(tool.ToolUseId),
            ToolName = Clean(tool.ToolName),
            Action = Clean(tool.Action),
            Content = Clean(tool.Content),
        },
        HarnessEvent.Progress progress => progress with { Phase = Clean(progress.Phase), Message = Clean(progress.Message), ToolUseId = Clean(progress.ToolUseId) },
        HarnessEvent.ContextCompacted compacted => compacted with { Message = Clean(compacted.Message) },
        HarnessEvent.Warning warning => warning with { Code = Clean(warning.Code), Message = Clean(warning.Message) },
        _ => e,
    };
}
