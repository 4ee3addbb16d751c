using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Search;

sealed class SearchEndpoints : IEndpoints
{
    const int DefaultLimit = 25;

    public void Map(IEndpointRouteBuilder api) => api.MapGet("/search", Search).WithTags("Search");

    static async Task<IResult> Search(HttpRequest request, SearchService search, string? q = null)
    {
        var wanted = Page.Of(request);
        var found = await search.SearchAsync(q, wanted with { Limit = wanted.Limit ?? DefaultLimit });
        return TypedResults.Json(new SearchResults(found.Items, found.HasMore), SearchJson.Default.SearchResults);
    }
}
