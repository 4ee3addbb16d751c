using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.Pins;

public sealed class PinsTests
{
    [Fact]
    public async Task Pinning_twice_gives_the_same_pin_and_keeps_the_title_unless_there_is_a_new_one()
    {
        await using var host = await HostUnderTest.StartAsync();

        var first = await PinAsync(host, new JsonObject { ["itemType"] = "conversation", ["itemId"] = "c1", ["title"] = "My chat" });
        var again = await PinAsync(host, new JsonObject { ["item_type"] = "conversation", ["item_id"] = "c1" });
        var renamed = await PinAsync(host, new JsonObject { ["item_type"] = "conversation", ["item_id"] = "c1", ["title"] = "Renamed" });

        Assert.Equal((string?)first["id"], (string?)again["id"]);
        Assert.Equal("My chat", (string?)again["title"]);
        Assert.Equal((string?)first["id"], (string?)renamed["id"]);
        Assert.Equal("Renamed", (string?)renamed["title"]);
        Assert.EndsWith("Z", (string?)renamed["created_at"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_pin_comes_first()
    {
        await using var host = await HostUnderTest.StartAsync();
        for (var i = 0; i < 20; i++)
            await PinAsync(host, new JsonObject { ["itemType"] = "project", ["itemId"] = $"p{i}" });

        var pins = (await host.GetJsonAsync("pins"))["pins"]!.AsArray();

        Assert.Equal(Enumerable.Range(0, 20).Reverse().Select(i => $"p{i}"), pins.Select(p => (string)p!["item_id"]!));
    }

    [Theory]
    [InlineData("conversation", 65, 1, 422)] // the id is too long
    [InlineData("conversation", 0, 1, 422)] // it could never be unpinned
    [InlineData("conversation", 1, 256, 422)] // the title is too long
    [InlineData("conversation", 64, 255, 201)] // as long as may be
    [InlineData("skill", 1, 1, 400)] // nothing to pin
    [InlineData("", 1, 1, 400)] // nothing at all
    public async Task A_pin_has_a_known_type_and_texts_that_fit(string type, int id, int title, int expected)
    {
        await using var host = await HostUnderTest.StartAsync();

        // Characters outside the BMP: one of them is one character, not two.
        var (status, _) = await host.SendAsync(
            HttpMethod.Post, "pins", new JsonObject { ["itemType"] = type, ["itemId"] = Repeat("🙂", id), ["title"] = Repeat("🙂", title) });

        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task Opening_a_conversation_pins_it_only_on_request()
    {
        await using var host = await HostUnderTest.StartAsync();

        Assert.Equal(200, (await host.SendAsync(HttpMethod.Post, "pins/v1/visit?auto_pin=false&title=")).Status);
        Assert.Empty((await host.GetJsonAsync("pins"))["pins"]!.AsArray());
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Post, "pins/v1/visit?auto_pin=yes&title=Visited")).Status);

        var pin = Assert.Single((await host.GetJsonAsync("pins"))["pins"]!.AsArray())!;
        Assert.Equal("Visited", (string?)pin["title"]);
        Assert.Equal("conversation", (string?)pin["item_type"]);
        Assert.Equal(422, (await host.SendAsync(HttpMethod.Post, "pins/v1/visit?auto_pin=perhaps")).Status);
    }

    [Fact]
    public async Task Unpinning_needs_the_type_unless_it_is_a_conversation()
    {
        await using var host = await HostUnderTest.StartAsync();
        await PinAsync(host, new JsonObject { ["itemType"] = "project", ["itemId"] = "x" });
        await PinAsync(host, new JsonObject { ["itemType"] = "conversation", ["itemId"] = "x" });

        Assert.Equal(200, (await host.SendAsync(HttpMethod.Delete, "pins/x")).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, "pins/x")).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Delete, "pins/x?item_type=project")).Status);
    }

    static async Task<JsonNode> PinAsync(HostUnderTest host, JsonObject body)
    {
        var (status, answer) = await host.SendAsync(HttpMethod.Post, "pins", body);
        Assert.Equal(201, status);
        return answer!["pin"]!;
    }

    static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
