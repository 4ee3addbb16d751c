using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;

namespace Cowork.Host.Platform.Http;

/// <summary>Reads JSON request bodies; whatever is wrong with one becomes a 422 that names the field.</summary>
static class JsonBody
{
    /// <summary>Reads the body as one record.</summary>
    /// <param name="bothCases">Whether camelCase spellings of the top-level fields are accepted beside snake_case ones.</param>
    /// <exception cref="ApiException">400 for a body that is not UTF-8, 422 for anything else that does not fit.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, bool bothCases = false)
    {
        if (!request.HasJsonContentType())
            throw ApiException.Invalid("body", "Send a JSON body with Content-Type: application/json.");
        if (request.GetTypedHeaders().ContentType?.Encoding is { } encoding && encoding is not UTF8Encoding)
            throw NotUtf8();
        using var body = await BodyBytes.ReadAsync(request);
        if (!Utf8.IsValid(body.Span))
            throw NotUtf8();
        try
        {
            return JsonSerializer.Deserialize(bothCases ? SnakeCased(body.Memory) : body.Span, type) ?? throw Missing();
        }
        catch (JsonException e)
        {
            throw Explain(e);
        }
        catch (InvalidOperationException)
        {
            // The reader's way of saying that a text cannot be unescaped.
            throw ApiException.Invalid("body", "A text holds half of a surrogate pair. Send valid Unicode.");
        }
    }

    /// <summary>Reads a body that may be left out.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="ApiException">As for <see cref="ReadAsync"/>, for a body that is there.</exception>
    public static async ValueTask<T?> ReadOrDefaultAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } ? null : await ReadAsync(request, type);

    static ApiException Missing() => ApiException.Invalid("body", "The body must be a JSON object.");

    static ApiException NotUtf8() => ApiException.BadRequest("invalid_encoding", "The body is not valid UTF-8.");

    static ReadOnlySpan<byte> SnakeCased(ReadOnlyMemory<byte> json)
    {
        using var body = JsonDocument.Parse(json);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
            return json.Span;
        var buffer = new ArrayBufferWriter<byte>(json.Length + 64);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in body.RootElement.EnumerateObject())
            {
                writer.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
                property.Value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    static ApiException Explain(JsonException e)
    {
        var path = e.Path is { Length: > 2 } nested ? nested[2..] : null;
        // STJ names missing properties only in its message: "... missing required properties including: 'name'."
        if (e.Message.Split("missing required properties including: '") is [_, var names])
        {
            var missing = names.Split('\'')[0];
            var whole = path is null ? missing : $"{path}.{missing}";
            return ApiException.Invalid(whole, $"The field '{whole}' is missing.");
        }

        return path is null
            ? ApiException.Invalid("body", "The body is not valid JSON of the expected shape.")
            : ApiException.Invalid(path, $"The field '{path}' has a value that cannot be used there.");
    }
}
