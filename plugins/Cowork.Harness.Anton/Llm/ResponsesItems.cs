using System.ClientModel.Primitives;
using OpenAI.Responses;
using MessageRole = Cowork.Abstractions.MessageRole;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Messages as items of the Responses API: words, calls and results each stand alone.</summary>
static class ResponsesItems
{
    public static IEnumerable<ResponseItem> From(IReadOnlyList<ModelMessage> messages)
    {
        foreach (var message in messages)
        {
            foreach (var item in message.Role == MessageRole.Assistant ? OfAssistant(message) : OfUser(message))
                yield return item;
        }
    }

    static IEnumerable<ResponseItem> OfAssistant(ModelMessage message)
    {
        foreach (var part in message.Content)
        {
            yield return part switch
            {
                ModelContent.Text text => ResponseItem.CreateAssistantMessageItem(text.Value, null),
                ModelContent.ToolCall call => ResponseItem.CreateFunctionCallItem(call.Id, call.Name, BinaryData.FromString(CallArguments.AsObject(call.Arguments))),
                ModelContent.ProviderPart own => ModelReaderWriter.Read<ResponseItem>(BinaryData.FromString(own.Json))!,
                _ => throw new InvalidOperationException($"Unknown content {part.GetType().Name}."),
            };
        }
    }

    static IEnumerable<ResponseItem> OfUser(ModelMessage message)
    {
        var parts = new List<ResponseContentPart>();
        foreach (var part in message.Content)
        {
            switch (part)
            {
                case ModelContent.ToolResult result:
                    yield return ResponseItem.CreateFunctionCallOutputItem(result.CallId, result.Value);
                    parts.AddRange(result.Images.Select(Picture));
                    break;
                case ModelContent.Text text:
                    parts.Add(ResponseContentPart.CreateInputTextPart(text.Value));
                    break;
                case ModelContent.Image image:
                    parts.Add(Picture(image));
                    break;
            }
        }

        if (parts.Count > 0)
            yield return ResponseItem.CreateUserMessageItem(parts);
    }

    static ResponseContentPart Picture(ModelContent.Image image) =>
        ResponseContentPart.CreateInputImagePart(new Uri($"data:{image.File.ContentType};base64,{Convert.ToBase64String(image.Bytes.ToMemory().Span)}"), null);
}
