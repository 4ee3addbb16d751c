using System.Globalization;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Search;

sealed class SearchEndpoints : IEndpoints
{
    const int DefaultLimit = 25;
    const int MostResults = 200;

    public void Map(IEndpointRouteBuilder api) => api.MapGet("/search", Search).WithTags("Search");

    static async Task<IResult> Search(SearchService search, string? q = null, string? limit = null)
    {
        var most = DefaultLimit;
        // As text: the generated binding of numbers refuses with an answer of its own.
        if (limit is not null && !int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most))
            throw ApiException.Invalid("limit", "The limit must be a whole number from 0 on.");
        return TypedResults.Json(new SearchResults(await search.SearchAsync(q, Math.Min(most, MostResults))), SearchJson.Default.SearchResults);
    }
}
