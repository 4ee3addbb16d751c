using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Cowork.Host.Platform.Http;

/// <summary>RFC 9457 problem details. The client reads <c>detail</c>; programs read <c>code</c>.</summary>
sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string? TraceId, IReadOnlyDictionary<string, string>? Errors)
{
    const string ContentType = "application/problem+json";

    public static Task WriteAsync(HttpContext http, int status, string code, string detail, IReadOnlyDictionary<string, string>? fields = null)
    {
        http.Response.StatusCode = status;
        var title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
        var problem = new Problem("about:blank", title, status, detail, code, Activity.Current?.Id ?? http.TraceIdentifier, fields);
        return http.Response.WriteAsJsonAsync(problem, ProblemJson.Default.Problem, ContentType, CancellationToken.None);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
sealed partial class ProblemJson : JsonSerializerContext;
