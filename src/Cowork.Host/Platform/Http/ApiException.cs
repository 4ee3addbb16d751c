namespace Cowork.Host.Platform.Http;

/// <summary>
/// Ends a request with a status, a stable code and a sentence for people. Thrown where a rule is checked, turned into RFC 9457
/// problem details in one place (<see cref="ProblemDetailsMiddleware"/>).
/// </summary>
sealed class ApiException(int status, string code, string detail, IReadOnlyDictionary<string, string>? fields = null) : Exception(detail)
{
    public int Status => status;
    public string Code => code;

    /// <summary>What is wrong with which field, when several things can be.</summary>
    public IReadOnlyDictionary<string, string>? Fields => fields;

    public static ApiException BadRequest(string code, string detail) => new(StatusCodes.Status400BadRequest, code, detail);

    public static ApiException NotFound(string code, string detail) => new(StatusCodes.Status404NotFound, code, detail);

    public static ApiException Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public static ApiException TooLarge(string detail) => new(StatusCodes.Status413PayloadTooLarge, "too_large", detail);

    /// <summary>The request does not have the form that the route asks for.</summary>
    public static ApiException Invalid(string field, string detail) =>
        new(StatusCodes.Status422UnprocessableEntity, "invalid_request", detail, new Dictionary<string, string> { [field] = detail });
}
