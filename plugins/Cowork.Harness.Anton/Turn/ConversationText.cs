using System.Text;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>A conversation as plain text, for the model that summarises it.</summary>
static class ConversationText
{
    const int LongestText = 4_000;
    const int LongestArguments = 1_000;
    const int LongestResult = 2_000;

    public static string Of(IEnumerable<ModelMessage> messages)
    {
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            for (var i = 0; i < message.Content.Count; i++)
            {
                // An earlier summary is the only trace of what it replaced: nothing of it may go.
                text.AppendLine(i == 0 && message.StandsFor is not null ? message.JoinedText : Line(message.Role, message.Content[i]));
            }
        }

        return text.ToString();
    }

    /// <summary>The text in pieces that a model can read at once, cut between lines where there are any.</summary>
    public static IEnumerable<string> Parts(string text, int longest)
    {
        for (var start = 0; start < text.Length;)
        {
            var length = Math.Min(longest, text.Length - start);
            if (start + length < text.Length && text.LastIndexOf('\n', start + length - 1, length) is var end && end > start)
                length = end + 1 - start;
            yield return text.Substring(start, length);
            start += length;
        }
    }

    static string Line(MessageRole role, ModelContent part) => part switch
    {
        ModelContent.Text said => $"{(role == MessageRole.User ? "Person" : "Agent")}: {Shortening.Ends(said.Value, LongestText)}",
        ModelContent.ToolCall call => $"Agent calls {call.Name}: {Shortening.Ends(call.Arguments, LongestArguments)}",
        ModelContent.ToolResult result => $"Result{(result.IsError ? " (failed)" : "")}: {Shortening.Ends(result.Value, LongestResult)}",
        ModelContent.Image image => $"Image {image.File.Name}",
        _ => "",
    };
}
