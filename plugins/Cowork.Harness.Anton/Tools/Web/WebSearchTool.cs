using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Cowork.Harness.Anton.Llm;

namespace Cowork.Harness.Anton.Tools.Web;

/// <summary>Searches the web with a service that the user has a key for.</summary>
sealed class WebSearchTool(SearchEngines engines, TimeProvider time) : ITool
{
    const int DefaultHits = 5;
    const int MaxHits = 20;
    const int MaxText = 600;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public ToolSpec Spec { get; } = new(
        "web_search",
        "Search the web. Answers titles, URLs and extracts; read a page with web_fetch.",
        BinaryData.FromString("""{"type":"object","properties":{"query":{"type":"string"},"max_results":{"type":"integer","description":"1 to 20, default 5"}},"required":["query"]}"""));

    public bool IsReadOnly => true;

    public bool IsAvailable => engines.Current is not null;

    public async Task<ToolOutcome> RunAsync(ToolCall call, ToolContext context, CancellationToken ct)
    {
        var arguments = call.Read(ToolArguments.Default.WebSearchArguments);
        if (string.IsNullOrWhiteSpace(arguments.Query))
            throw new ToolException("The query is empty.");
        var engine = engines.Current ?? throw new ToolException("There is no key for a search service. The user can store one in Settings; meanwhile use web_fetch with a known address.");
        using var timeout = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            var hits = await SearchAsync(engine, arguments.Query, Math.Clamp(arguments.MaxResults ?? DefaultHits, 1, MaxHits), either.Token);
            return new(hits.Count == 0 ? "Nothing was found. Try other words." : Format(hits));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new ToolException($"{engine.Name} did not answer within {Limit.TotalSeconds} seconds. Try again later.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            throw new ToolException($"{engine.Name} could not be reached or gave an answer that makes no sense. Try again later.");
        }
    }

    async Task<IReadOnlyList<SearchHit>> SearchAsync(ISearchEngine engine, string query, int count, CancellationToken ct)
    {
        using var request = engine.Request(query, count);
        using var response = await engines.Client.SendAsync(request, ct);
        if (!response.IsSuccessStatusCode)
            throw new ToolException(Explain(engine.Name, response.StatusCode));
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        using var answer = await JsonDocument.ParseAsync(body, cancellationToken: ct);
        return [.. engine.Hits(answer.RootElement).Take(count)];
    }

    static string Explain(string name, HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"{name} refused the search key. Tell the user to check it in Settings.",
        HttpStatusCode.PaymentRequired => $"The account at {name} has no credit left. Tell the user.",
        HttpStatusCode.TooManyRequests => $"{name} takes no more searches for now. Wait, or go on without.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{name} refused the search with status {(int)status}. Try other words, or go on without."),
    };

    static string Format(IReadOnlyList<SearchHit> hits)
    {
        var text = new StringBuilder();
        for (var i = 0; i < hits.Count; i++)
        {
            var (title, url, extract) = (hits[i].Title, hits[i].Url, string.Join(' ', hits[i].Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. [{(title.Length > 0 ? title : url)}]({url})\n");
            if (extract.Length > 0)
                text.Append(CultureInfo.InvariantCulture, $"   {(extract.Length > MaxText ? $"{extract[..MaxText]}…" : extract)}\n");
        }

        return text.ToString().TrimEnd('\n');
    }
}

sealed record WebSearchArguments
{
    public required string Query { get; init; }

    public int? MaxResults { get; init; }
}
