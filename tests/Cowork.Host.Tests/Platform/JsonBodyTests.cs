using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.Platform;

public sealed class JsonBodyTests(SharedHost shared) : IClassFixture<SharedHost>
{
    /// <summary>One route for each style of bodies: both spellings, snake_case only, camelCase only.</summary>
    static readonly (string Method, string Path, string Field)[] Routes =
    [
        ("POST", "conversations", "title"),
        ("PUT", "settings/greeting", "value"),
        ("POST", "memory", "content"),
    ];

    public static TheoryData<string, byte[]> NotUtf8 => new()
    {
        { "application/json", [0xFF, 0xFE] }, // no character begins like this
        { "application/json", [0xC3] }, // half of one
        { "application/json", [0xED, 0xA0, 0x80] }, // half of a surrogate pair
        { "application/json; charset=utf-16", "a"u8.ToArray() }, // another encoding
        { "application/json; charset=iso-8859-1", "a"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(NotUtf8))]
    public async Task A_body_that_is_not_UTF8_is_a_400_on_every_route(string contentType, byte[] text)
    {
        foreach (var (method, path, field) in Routes)
        {
            var (status, problem) = await SendAsync(method, path, contentType, [.. Encoding.UTF8.GetBytes($"{{\"{field}\":\""), .. text, .. "\"}"u8]);
            Assert.Equal((400, "invalid_encoding"), (status, (string?)problem!["code"]));
        }
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "")]
    [InlineData("application/json;charset=UTF-8", "")]
    [InlineData("application/json; charset=bogus", "")] // JSON is UTF-8, whatever somebody says
    [InlineData("application/json", "\uFEFF")] // with a byte order mark
    public async Task UTF8_is_read_in_every_way_of_announcing_it(string contentType, string before)
    {
        var (status, conversation) = await SendAsync("POST", "conversations", contentType, Encoding.UTF8.GetBytes($"{before}{{\"title\":\"é 😀\"}}"));
        Assert.Equal((201, "é 😀"), (status, (string?)conversation!["title"]));
        var (stored, row) = await SendAsync("PUT", "settings/greeting", contentType, Encoding.UTF8.GetBytes($"{before}{{\"value\":\"é 😀\"}}"));
        Assert.Equal((200, "é 😀"), (stored, (string?)row!["value"]));
    }

    [Fact]
    public async Task A_long_body_comes_whole()
    {
        var text = new string('é', 2_500_000);
        var (status, skill) = await shared.PostAsync("skills", new JsonObject { ["label"] = "long", ["name"] = "Long", ["instructions"] = text });
        Assert.Equal((201, text), (status, (string?)skill!["declarative"]));
    }

    [Theory]
    [InlineData("""{"disabledConnections":[{"engine":"pg"}]}""", "disabled_connections[0].name")] // missing inside
    [InlineData("""{"disabled_connections":[{"engine":"pg","name":7}]}""", "disabled_connections[0].name")] // wrong inside
    [InlineData("""{"title":7}""", "title")] // wrong on top
    [InlineData("[]", "body")] // no object
    [InlineData("", "body")] // nothing
    [InlineData("null", "body")] // nothing, said
    [InlineData("{\"title\":\"\\ud800\"}", "body")] // half of a surrogate pair
    public async Task A_422_names_the_field(string body, string field)
    {
        var (status, problem) = await SendAsync("POST", "conversations", "application/json", Encoding.UTF8.GetBytes(body));
        Assert.Equal(422, status);
        Assert.Equal([field], problem!["errors"]!.AsObject().Select(e => e.Key));
    }

    [Fact]
    public async Task A_missing_field_on_top_is_named()
    {
        var (status, problem) = await SendAsync("PUT", "settings/greeting", "application/json", "{}"u8.ToArray());
        Assert.Equal((422, "The field 'value' is missing."), (status, (string?)problem!["detail"]));
    }

    async Task<(int Status, JsonNode? Body)> SendAsync(string method, string path, string contentType, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var request = new HttpRequestMessage(new(method), path) { Content = content };
        using var answer = await shared.Host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }
}
