using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Llm;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary><c>get_llm()</c> in cells: the turn's coding model. The key stays here, and the tokens count.</summary>
sealed class LlmService(SideModel side, AntonSettings settings) : ICellService
{
    const int UsualTokens = 4096;
    const int MostTokens = 32_000;
    const string Auto = "auto";
    const string Any = "any";
    const string Required = "required";
    const string None = "none";

    public string Name => "llm";

    public bool IsOffered(ToolContext context) => context.Request.Models is not null;

    public async Task<JsonNode?> CallAsync(JsonElement arguments, ToolContext context, CancellationToken ct)
    {
        if (context.UsedTokens() >= settings.MaxTokensOf(context.Request))
            throw new ToolException("The token budget of this turn is used up, so the model is not asked any more. Keep what there is and tell the user how far the work has come.");
        var asked = Read(arguments);
        var choiceOfTool = ToolChoice(asked.ToolChoice);
        var choice = context.Request.Models!.Coding;
        var reply = await side.AskAsync(
            choice,
            new()
            {
                System = new(asked.System ?? "", ""),
                Messages = [.. asked.Messages!.Select(Message)],
                Tools = [.. (asked.Tools ?? []).Select(tool => new ToolSpec(tool.Name, tool.Description ?? "", BinaryData.FromString(tool.InputSchema.GetRawText())))],
                ForcedTool = choiceOfTool is Auto or Any or Required or None ? null : choiceOfTool,
                MustCallTool = choiceOfTool is Any or Required && asked.Tools is { Count: > 0 },
                ToolsClosed = choiceOfTool is None,
                MaxOutputTokens = Math.Clamp(asked.MaxTokens ?? UsualTokens, 1, MostTokens),
                ReasoningEffort = choice.ReasoningEffort,
            },
            context.Emit,
            ct);
        return new JsonObject
        {
            ["content"] = reply.Text,
            ["tool_calls"] = new JsonArray([.. reply.Calls.Select(Call)]),
            ["stop_reason"] = reply.Stop switch { StopReason.MaxTokens => "max_tokens", StopReason.ToolUse => "tool_use", StopReason.Refused => "refusal", _ => "end_turn" },
        };
    }

    static LlmCall Read(JsonElement arguments)
    {
        try
        {
            return arguments.Deserialize(LlmJson.Default.LlmCall) is { Messages.Count: > 0 } call ? call : throw new ToolException("messages is empty.");
        }
        catch (JsonException e)
        {
            throw new ToolException($"The call of the model does not fit at {e.Path}: messages are {{'role', 'content'}}, tools are {{'name', 'description', 'input_schema'}}.");
        }
    }

    static ModelMessage Message(LlmMessage message) => message.Role switch
    {
        "user" => new(MessageRole.User, Content(message.Content)),
        "assistant" => new(MessageRole.Assistant, Content(message.Content)),
        _ => throw new ToolException($"A message has the role '{message.Role}'. Use user and assistant, and system for the instructions."),
    };

    static IReadOnlyList<ModelContent> Content(JsonElement content) => content.ValueKind == JsonValueKind.Array
        ? [.. content.EnumerateArray().Select(Part)]
        : [new ModelContent.Text(content.ToString())];

    static ModelContent Part(JsonElement part) => Text(part, "type") switch
    {
        "text" => new ModelContent.Text(Text(part, "text")),
        "tool_use" => new ModelContent.ToolCall(Text(part, "id"), Text(part, "name"), part.TryGetProperty("input", out var input) ? input.GetRawText() : "{}"),
        "tool_result" => new ModelContent.ToolResult(Text(part, "tool_use_id"), Text(part, "content"), part.TryGetProperty("is_error", out var failed) && failed.ValueKind == JsonValueKind.True),
        var other => throw new ToolException($"A message has a part of the type '{other}'. Use text, tool_use and tool_result."),
    };

    static string Text(JsonElement part, string name) => part.ValueKind == JsonValueKind.Object && part.TryGetProperty(name, out var value) ? value.ToString() : "";

    /// <summary>One of the words below or the name of a tool; as OpenAI and as Anthropic write it.</summary>
    static string ToolChoice(JsonElement choice) => choice.ValueKind switch
    {
        JsonValueKind.String => choice.GetString()!,
        JsonValueKind.Object when Text(choice, "name") is { Length: > 0 } name => name,
        JsonValueKind.Object when choice.TryGetProperty("function", out var function) && Text(function, "name") is { Length: > 0 } name => name,
        JsonValueKind.Object when Text(choice, "type") is { Length: > 0 } type => type,
        _ => Auto,
    };

    static JsonNode Call(ModelContent.ToolCall call)
    {
        try
        {
            return new JsonObject { ["id"] = call.Id, ["name"] = call.Name, ["input"] = JsonNode.Parse(call.Arguments) };
        }
        catch (JsonException)
        {
            throw new ToolException("The model wrote arguments that are no JSON. Ask it again.");
        }
    }
}

/// <summary>What helpers.py sends.</summary>
sealed record LlmCall
{
    public string? System { get; init; }

    public IReadOnlyList<LlmMessage>? Messages { get; init; }

    public IReadOnlyList<LlmTool>? Tools { get; init; }

    public JsonElement ToolChoice { get; init; }

    public int? MaxTokens { get; init; }
}

/// <param name="Role">user or assistant.</param>
/// <param name="Content">A text or a list of parts.</param>
sealed record LlmMessage(string Role, JsonElement Content);

/// <summary>A tool that the cell offers the model.</summary>
sealed record LlmTool(string Name, string? Description, JsonElement InputSchema);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LlmCall))]
sealed partial class LlmJson : JsonSerializerContext;
