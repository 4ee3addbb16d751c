namespace Cowork.Host.Platform.Http;

/// <summary>The rules for short texts in requests; lengths count code points.</summary>
static class TextField
{
    /// <exception cref="ApiException">422: the text is blank or too long.</exception>
    public static string Required(string field, string text, int longest) =>
        string.IsNullOrWhiteSpace(text) ? throw ApiException.Invalid(field, $"The field '{field}' must not be empty.") : Limited(field, text, longest);

    /// <exception cref="ApiException">422: the text is too long.</exception>
    public static string Limited(string field, string text, int longest) =>
        text.Length > longest && text.EnumerateRunes().Count() > longest
            ? throw ApiException.Invalid(field, $"The field '{field}' may have at most {longest} characters.")
            : text;
}
