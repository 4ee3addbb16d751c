using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Turn;

/// <summary>Turns the conversation into what a model reads: files become notes, images become bytes.</summary>
static class MessageBuilder
{
    const long MaxImage = 20 * 1024 * 1024;
    const int LongestOldResult = 4_000;

    public static async Task<IReadOnlyList<ModelMessage>> BuildAsync(TurnRequest request, CancellationToken ct)
    {
        var messages = new List<ModelMessage>(request.History.Count + 1);
        foreach (var message in request.History)
        {
            if (message.Role == MessageRole.User)
                Add(messages, MessageRole.User, await PartsAsync(message.Content, isNew: false, ct));
            else
                AddTurn(messages, message.Content);
        }

        Add(messages, MessageRole.User, await PartsAsync(request.Input, isNew: true, ct));
        return messages;
    }

    // A turn that failed before its first word left an empty answer, which providers refuse.
    static void Add(List<ModelMessage> messages, MessageRole role, IReadOnlyList<ModelContent> parts)
    {
        if (parts.Count > 0)
            messages.Add(new(role, parts));
    }

    /// <summary>An earlier turn of the agent as it went: words and calls, then the results, then words again.</summary>
    static void AddTurn(List<ModelMessage> messages, IReadOnlyList<ContentBlock> blocks)
    {
        var said = new List<ModelContent>();
        var results = new List<ModelContent.ToolResult>();
        foreach (var block in blocks)
        {
            // Words or a call after results begin the next round.
            if (block is not ContentBlock.ToolResultBlock && results.Count > 0)
                EndRound();
            switch (block)
            {
                case ContentBlock.TextBlock text when !string.IsNullOrWhiteSpace(text.Text):
                    said.Add(new ModelContent.Text(text.Text));
                    break;
                case ContentBlock.ToolCallBlock call:
                    said.Add(new ModelContent.ToolCall(call.ToolUseId, call.ToolName, call.ArgumentsJson) { ProviderData = call.ProviderData });
                    break;
                case ContentBlock.ToolResultBlock result:
                    // The same cut every time: what providers have cached of an earlier turn stays valid.
                    results.Add(new(result.ToolUseId, Shortening.Ends(result.Text, LongestOldResult), result.IsError));
                    break;
            }
        }

        EndRound();

        void EndRound()
        {
            Add(messages, MessageRole.Assistant, [.. said]);
            // Every call needs its answer, also one that a stopped turn never got.
            Add(messages, MessageRole.User, [.. said.OfType<ModelContent.ToolCall>().Select(call =>
                results.Find(result => result.CallId == call.Id) ?? new(call.Id, "This call was not completed.", IsError: true))]);
            said.Clear();
            results.Clear();
        }
    }

    /// <summary>The note that names a file to the model.</summary>
    public static ModelContent.Text Note(AttachedFile file) => new($"[Attached file '{file.Name}' is at: {file.Path}]");

    static async Task<List<ModelContent>> PartsAsync(IReadOnlyList<ContentBlock> blocks, bool isNew, CancellationToken ct)
    {
        var parts = new List<ModelContent>(blocks.Count);
        foreach (var block in blocks)
        {
            switch (block)
            {
                case ContentBlock.TextBlock text when !string.IsNullOrWhiteSpace(text.Text):
                    parts.Add(new ModelContent.Text(text.Text));
                    break;
                case ContentBlock.ImageBlock image:
                    parts.Add(await ImageAsync(image.File, isNew, ct));
                    break;
                case ContentBlock.FileBlock file:
                    parts.Add(Note(file.File));
                    break;
            }
        }

        return parts;
    }

    /// <summary>Loads an image. One from an earlier message that cannot be loaded must not block the conversation for good.</summary>
    static async Task<ModelContent> ImageAsync(AttachedFile file, bool isNew, CancellationToken ct)
    {
        try
        {
            if (new FileInfo(file.Path).Length <= MaxImage)
                return new ModelContent.Image(file, new BinaryData(await File.ReadAllBytesAsync(file.Path, ct)));
            if (isNew)
                throw new HarnessException(FailureCodes.ImageFormat, $"The image “{file.Name}” is larger than 20 MB. Attach a smaller PNG or JPEG.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (isNew)
                throw new HarnessException(FailureCodes.ImageFormat, $"The image “{file.Name}” cannot be read any more. Attach it again as PNG or JPEG.", innerException: exception);
        }

        return Note(file);
    }
}
