using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
        try
        {
            if (!bothCases)
                return await request.ReadFromJsonAsync(type, request.HttpContext.RequestAborted) ?? throw Missing();
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return SnakeCased(body.RootElement).Deserialize(type) ?? throw Missing();
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
        catch (DecoderFallbackException)
        {
            throw ApiException.BadRequest("invalid_encoding", "The body is not valid UTF-8.");
        }
    }

    /// <summary>Reads a body that may be left out.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="ApiException">As for <see cref="ReadAsync"/>, for a body that is there.</exception>
    public static async ValueTask<T?> ReadOrDefaultAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } ? null : await ReadAsync(request, type);

    static ApiException Missing() => ApiException.Invalid("body", "The body must be a JSON object.");

    static JsonElement SnakeCased(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return body;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in body.EnumerateObject())
            {
                writer.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
                property.Value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    static ApiException Explain(JsonException e)
    {
        // STJ names missing properties only in its message: "... missing required properties including: 'name'."
        var field = e.Path is { Length: > 2 } path ? path[2..] : e.Message.Split('\'') is [_, _, _, var missing, ..] ? missing : "body";
        var what = e.Message.Contains("missing required", StringComparison.Ordinal) ? $"The field '{field}' is missing."
            : e.Path is { Length: > 2 } ? $"The field '{field}' has a value that cannot be used there."
            : "The body is not valid JSON of the expected shape.";
        return ApiException.Invalid(field, what);
    }
}
