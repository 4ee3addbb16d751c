namespace Cowork.Host.Platform.Http;

/// <summary>Ids in paths, queries and bodies: UUIDs in any case, with or without dashes.</summary>
static class RouteId
{
    /// <exception cref="ApiException">422: the text is no UUID.</exception>
    public static Guid Parse(string text, string field = "id") =>
        Guid.TryParse(text, out var id) ? id : throw ApiException.Invalid(field, $"The {field} must be a UUID.");
}
