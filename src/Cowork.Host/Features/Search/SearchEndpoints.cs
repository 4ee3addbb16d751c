using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Search;

sealed class SearchEndpoints : IEndpoints
{
    const int DefaultLimit = 25;
    const int MostResults = 200;

    public void Map(IEndpointRouteBuilder api) => api.MapGet("/search", Search).WithTags("Search");

    static async Task<IResult> Search(SearchService search, string? q = null, int limit = DefaultLimit)
    {
        if (limit < 0)
            throw ApiException.Invalid("limit", "The limit must not be negative.");
        return TypedResults.Json(new SearchResults(await search.SearchAsync(q, Math.Min(limit, MostResults))), SearchJson.Default.SearchResults);
    }
}
