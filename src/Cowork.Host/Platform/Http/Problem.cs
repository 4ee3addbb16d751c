using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Cowork.Host.Platform.Http;

/// <summary>RFC 9457 problem details. The client reads <c>detail</c>; programs read <c>code</c>.</summary>
sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string? TraceId, IReadOnlyDictionary<string, string>? Errors)
{
    /// <summary>The conversation of a turn that failed.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>The turn that failed, as <c>GET /responses/{id}</c> knows it.</summary>
    public string? ResponseId { get; init; }

    const string ContentType = "application/problem+json";

    public static Task WriteAsync(HttpContext http, int status, string code, string detail, IReadOnlyDictionary<string, string>? fields = null) =>
        Of(http, status, code, detail, fields).WriteAsync(http);

    public static Problem Of(HttpContext http, int status, string code, string detail, IReadOnlyDictionary<string, string>? fields = null)
    {
        var title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
        return new("about:blank", title, status, detail, code, Activity.Current?.Id ?? http.TraceIdentifier, fields);
    }

    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        return http.Response.WriteAsJsonAsync(this, ProblemJson.Default.Problem, ContentType, CancellationToken.None);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
sealed partial class ProblemJson : JsonSerializerContext;
