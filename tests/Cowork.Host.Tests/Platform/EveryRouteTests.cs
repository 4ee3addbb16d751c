using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;

namespace Cowork.Host.Tests.Platform;

/// <summary>What holds for every route, whoever adds it.</summary>
public sealed class EveryRouteTests(SharedHost shared) : IClassFixture<SharedHost>
{
    const string Base = "/api/v1/";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_forms_of_an_address_answer_alike()
    {
        var failures = new List<string>();
        foreach (var (method, path) in Routes().Where(r => !r.Path.EndsWith("/rest.txt", StringComparison.Ordinal)))
        {
            var plain = await SendAsync(method, path);
            var slashed = await SendAsync(method, $"{path}/");
            if (plain != slashed || plain.Status is 301 or 307 or 308 or >= 500)
                failures.Add($"{method} {path}: {plain} and, with a slash, {slashed}");
        }

        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_verb_that_an_address_does_not_take_is_told_which_it_takes()
    {
        var failures = new List<string>();
        foreach (var route in Routes().GroupBy(r => r.Path, r => r.Method))
        {
            using var request = new HttpRequestMessage(new("PROPFIND"), route.Key);
            using var answer = await shared.Host.Http.SendAsync(request, Ct);
            var allowed = answer.Content.Headers.Allow;
            if ((int)answer.StatusCode != 405 || route.Except(allowed).Any())
                failures.Add($"{route.Key}: {answer.StatusCode}, Allow: {string.Join(", ", allowed)}, but it takes {string.Join(", ", route)}");
        }

        Assert.Empty(failures);
    }

    [Fact]
    public async Task What_can_be_got_can_be_asked_for_its_headers_alone()
    {
        var failures = new List<string>();
        foreach (var (_, path) in Routes().Where(r => r.Method == "GET"))
        {
            var (got, asked) = (await HeadersAsync(HttpMethod.Get, path), await HeadersAsync(HttpMethod.Head, path));
            if (got.Status != asked.Status || got.Type != asked.Type || (asked.Length ?? got.Length) != got.Length)
                failures.Add($"{path}: {got}, but {asked}");
        }

        Assert.Empty(failures);
    }

    [Fact]
    public async Task An_address_says_which_verbs_it_takes()
    {
        var failures = new List<string>();
        foreach (var route in Routes().GroupBy(r => r.Path, r => r.Method))
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, route.Key);
            using var answer = await shared.Host.Http.SendAsync(request, Ct);
            if ((int)answer.StatusCode != 204 || route.Append("OPTIONS").Except(answer.Content.Headers.Allow).Any())
                failures.Add($"{route.Key}: {answer.StatusCode}, Allow: {string.Join(", ", answer.Content.Headers.Allow)}");
        }

        Assert.Empty(failures);
        using var unknown = new HttpRequestMessage(HttpMethod.Options, $"{Base}no-such-thing");
        using var missing = await shared.Host.Http.SendAsync(unknown, Ct);
        Assert.Equal(404, (int)missing.StatusCode);
    }

    [Theory]
    [InlineData("text/plain", "words")] // another type
    [InlineData("application/json", "[]")] // no object
    [InlineData("application/json", "null")] // nothing
    [InlineData("application/json", "{")] // broken off
    [InlineData("application/json", "\"\u00ff\"")] // not UTF-8, as it is sent here
    [InlineData("multipart/form-data; boundary=x", "--x")] // broken off
    public async Task A_body_of_no_use_is_refused_and_never_an_error_of_the_server(string type, string body)
    {
        var failures = new List<string>();
        foreach (var (method, path) in Routes().Where(r => r.Method is "POST" or "PUT" or "PATCH"))
        {
            var (status, code) = await SendAsync(method, path, type, Encoding.Latin1.GetBytes(body));
            if (status >= 500 || (status >= 400 && code is null))
                failures.Add($"{method} {path}: {status} {code}");
        }

        Assert.Empty(failures);
    }

    /// <summary>Every route of the server with an address that fits it and names nothing that is there.</summary>
    IEnumerable<(string Method, string Path)> Routes()
    {
        var routes = shared.Host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => $"/{e.RoutePattern.RawText!.TrimStart('/')}/".StartsWith(Base, StringComparison.Ordinal)).ToList();
        Assert.True(routes.Count > 80, $"only {routes.Count} routes were found");
        return routes
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => (Method: m, Path: Address(e.RoutePattern.RawText!))))
            .Where(r => r.Method != "OPTIONS" && !r.Path.StartsWith($"{Base}ext/", StringComparison.Ordinal))
            .Distinct();
    }

    static string Address(string pattern)
    {
        var segments = pattern.Trim('/').Split('/').Select(s =>
            s.StartsWith("{**", StringComparison.Ordinal) ? "rest.txt" : s is "{id}" or "{turn}" or "{conversation}" ? Guid.Empty.ToString() : s.StartsWith('{') ? "none" : s);
        return $"/{string.Join('/', segments)}";
    }

    async Task<(int Status, string? Type, long? Length)> HeadersAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var answer = await shared.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString(), answer.Content.Headers.ContentLength);
    }

    async Task<(int Status, string? Code)> SendAsync(string method, string path, string? type = null, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type!);
        }

        using var answer = await shared.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        var isProblem = method != "HEAD" && answer.Content.Headers.ContentType?.MediaType == "application/problem+json";
        return ((int)answer.StatusCode, isProblem ? (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!["code"] : null);
    }
}
