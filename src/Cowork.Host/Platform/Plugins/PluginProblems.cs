using System.Text.Json.Serialization;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Problem details (RFC 9457) about plugins.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code for programs.</param>
/// <param name="Detail">One sentence for people.</param>
sealed record PluginProblem(int Status, string Code, string Detail);

/// <summary>The answers of the platform where a plugin has none.</summary>
static class PluginProblems
{
    public const string ContentType = "application/problem+json";

    public static PluginProblem Failed { get; } =
        new(StatusCodes.Status500InternalServerError, "plugin_error", "The plugin that answers here failed. The server's log says why.");

    public static PluginProblem Replaced { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "plugin_replaced", "The plugin that answers here is being replaced. Try again in a second.");

    public static Task WriteAsync(HttpContext http, PluginProblem problem)
    {
        http.Response.StatusCode = problem.Status;
        return http.Response.WriteAsJsonAsync(problem, PluginProblemJson.Default.PluginProblem, ContentType, http.RequestAborted);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PluginProblem))]
sealed partial class PluginProblemJson : JsonSerializerContext;
