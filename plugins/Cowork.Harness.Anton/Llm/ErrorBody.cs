using System.Text.Json;

namespace Cowork.Harness.Anton.Llm;

/// <summary>
/// What the many shapes of error bodies have in common: <c>{"error": {…}}</c>, <c>{"error": "…"}</c>, <c>{"message": "…"}</c>,
/// <c>{"detail": …}</c>, the bare error object, and Gemini's array around any of them.
/// </summary>
/// <param name="Message">The provider's sentence.</param>
/// <param name="Type">Its type or status word.</param>
/// <param name="Code">Its code, a word or a number.</param>
/// <param name="HasDetail">Whether the body has a <c>detail</c>, by which gateways report an exhausted budget.</param>
sealed record ErrorBody(string Message, string Type, string Code, bool HasDetail)
{
    const int MaxSummary = 500;

    public string Text { get; } = $"{Message}\n{Type}\n{Code}";

    public string Summary
    {
        get
        {
            var summary = $"{Type} {Code} {Message}".Trim();
            return summary.Length <= MaxSummary ? summary : summary[..MaxSummary];
        }
    }

    public bool Says(string word) => Text.Contains(word, StringComparison.OrdinalIgnoreCase);

    public bool SaysAny(string[] words) => Array.Exists(words, Says);

    public static ErrorBody Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Parse(document.RootElement);
        }
        catch (JsonException)
        {
            return new(body, "", "", HasDetail: false);
        }
    }

    static ErrorBody Parse(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
            root = root[0];
        if (root.ValueKind != JsonValueKind.Object)
            return new(root.ToString(), "", "", HasDetail: false);

        var hasDetail = root.TryGetProperty("detail", out var detail);
        var error = root.TryGetProperty("error", out var inner) ? inner : root;
        if (error.ValueKind != JsonValueKind.Object)
            return new(error.ToString(), "", "", hasDetail);

        var message = Field(error, "message");
        return new(
            message.Length > 0 || !hasDetail ? message : detail.ToString(),
            Field(error, "type") is { Length: > 0 } type ? type : Field(error, "status"),
            Field(error, "code"),
            hasDetail);
    }

    static string Field(JsonElement element, string name) => element.TryGetProperty(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Null => "",
            _ => value.GetRawText(),
        }
        : "";
}
