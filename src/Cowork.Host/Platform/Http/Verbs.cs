namespace Cowork.Host.Platform.Http;

/// <summary>The verbs that every address takes as HTTP wants it, so that no route has to name them.</summary>
static class Verbs
{
    static readonly HttpMethodMetadata GetAndHead = new([HttpMethods.Get, HttpMethods.Head]);

    /// <summary>Lets what can be got be asked for its headers alone: it is answered alike, and the server sends no body.</summary>
    public static void WithHead<T>(this T routes)
        where T : IEndpointConventionBuilder =>
        routes.Finally(endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: [var verb] } && HttpMethods.IsGet(verb))
                endpoint.Metadata.Add(GetAndHead);
        });

    /// <summary>Answers a question for the verbs of an address, of which the router has just said that this is none.</summary>
    public static void AnswerOptions(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.Allow = $"{response.Headers.Allow}, {HttpMethods.Options}";
    }
}
