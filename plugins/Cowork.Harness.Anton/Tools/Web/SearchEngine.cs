using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools.Web;

/// <param name="Title">Title of the page.</param>
/// <param name="Url">Its address.</param>
/// <param name="Text">What it says, in short.</param>
sealed record SearchHit(string Title, string Url, string Text);

/// <summary>A search service that the user has a key for.</summary>
interface ISearchEngine
{
    /// <summary>Its name for people.</summary>
    string Name { get; }

    HttpRequestMessage Request(string query, int count);

    IEnumerable<SearchHit> Hits(JsonElement answer);
}

sealed record ExaSearch(Uri BaseUrl, Secret Key) : ISearchEngine
{
    const int MaxText = 600;

    public string Name => "Exa";

    public HttpRequestMessage Request(string query, int count)
    {
        var body = new JsonObject { ["query"] = query, ["num_results"] = count, ["contents"] = new JsonObject { ["text"] = new JsonObject { ["max_characters"] = MaxText } } };
        return new(HttpMethod.Post, new Uri(BaseUrl, "search"))
        {
            Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"),
            Headers = { { "Authorization", $"Bearer {Key.Reveal()}" } },
        };
    }

    public IEnumerable<SearchHit> Hits(JsonElement answer) =>
        SearchAnswer.Items(answer, "results").Select(item => new SearchHit(SearchAnswer.Text(item, "title"), SearchAnswer.Text(item, "url"), SearchAnswer.Text(item, "text")));
}

sealed record BraveSearch(Uri BaseUrl, Secret Key) : ISearchEngine
{
    public string Name => "Brave";

    public HttpRequestMessage Request(string query, int count) =>
        new(HttpMethod.Get, new Uri(BaseUrl, string.Create(CultureInfo.InvariantCulture, $"res/v1/web/search?q={Uri.EscapeDataString(query)}&count={count}")))
        {
            Headers = { { "X-Subscription-Token", Key.Reveal() }, { "Accept", "application/json" } },
        };

    public IEnumerable<SearchHit> Hits(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("web", out var web)
            ? SearchAnswer.Items(web, "results").Select(item => new SearchHit(SearchAnswer.Text(item, "title"), SearchAnswer.Text(item, "url"), PageText.Of(SearchAnswer.Text(item, "description"), BaseUrl)))
            : [];
}

/// <summary>Reads what may be missing.</summary>
static class SearchAnswer
{
    public static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    public static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];
}
