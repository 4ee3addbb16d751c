using System.Text;
using System.Text.Json.Nodes;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Hosting;
using Cowork.TestKit;
using CsCheck;

namespace Cowork.Host.Tests.Turns;

/// <summary>A key that slips into what an agent says is found nowhere: not in the stream, not in the database, not on the disk.</summary>
public sealed class SecretsTests : IAsyncLifetime
{
    const string Canary = "sk-canary-7f3a\"+Ω9";
    HostUnderTest _host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await HostUnderTest.StartWithScriptsAsync();
        foreach (var (key, value) in new[]
        {
            ("openai_api_key", Canary), ("openai_base_url", "http://127.0.0.1:9/v1"), ("planning_provider", "openai_compatible"), ("planning_model", "m"),
        })
            Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, $"settings/{key}", new JsonObject { ["value"] = value })).Status);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task No_event_of_a_turn_carries_a_key()
    {
        var (conversation, asked) = (Guid.NewGuid(), Guid.NewGuid());
        await _host.RunScriptAsync(
            """
            say|Look: {key}, nice.
            spell|3|and {key} again {key}
            start|a|run_{key}
            call|a|run_{key}|{"key":"{json}"}
            result|a|run|printed {key}
            cell|a|{"stdout":"{json}"}
            progress|scratchpad_start|with {key}
            warn|careful with {key}
            artifact|mixed|Named {key}
            say|sk-cana
            progress|scratchpad_done|between
            say|ry-not the key
            fail|{key}|It broke at {key}.
            """,
            conversation, "script-model");
        await _host.StartScriptAsync("approve|run_command|curl {key}\nask|Is {key} right?|{key}", asked, "script-model");
        for (var i = 0; i < 2; i++)
            await AnswerAsync(asked, i == 0 ? "always" : $"yes, {Canary}");

        using var client = new CoworkClient(_host.Http.BaseAddress!);
        var frames = await client.TailAsync(conversation, 0, Ct).ToListAsync(Ct);
        var answer = string.Concat(frames.Select(f => (string?)f.Json["delta"]));
        Assert.StartsWith("Look: ***, nice.and sk*** again s***", answer, StringComparison.Ordinal);
        Assert.EndsWith("sk-canary-not the key", answer, StringComparison.Ordinal);
        Assert.Equal(answer, (await client.ItemsAsync(conversation, Ct))[1]!["content"]!.GetValue<string>());
        Assert.Equal("It broke at ***.", frames[^1].Json["error"]!.GetValue<string>());
        Assert.True((await client.TailAsync(asked, 0, Ct).ToListAsync(Ct))[^1].IsTerminal);
        await AssertNowhereAsync(conversation, asked);
    }

    [Fact]
    public async Task No_other_secret_of_this_server_is_said_either()
    {
        await _host.SendAsync(HttpMethod.Put, "settings/anthropic_api_key", new JsonObject { ["value"] = "sk-ant-other-provider" });
        await _host.SendAsync(HttpMethod.Put, "settings/anton_exa_api_key", new JsonObject { ["value"] = "exa-of-a-plugin" });
        var conversation = Guid.NewGuid();
        Assert.Equal(
            "*** and *** and exb-of-a-plugin",
            HostUnderTest.TextOf(await _host.RunScriptAsync("say|sk-ant-other-provider and exa-of-a-plugin and exb-of-a-plugin", conversation)));
        Assert.Equal("21 characters become 3, True", HostUnderTest.TextOf(await _host.RunScriptAsync("mask|sk-ant-other-provider", conversation)));
        await _host.SendAsync(HttpMethod.Delete, "settings/anthropic_api_key");
        Assert.Equal("sk-ant-other-provider", HostUnderTest.TextOf(await _host.RunScriptAsync("say|sk-ant-other-provider", conversation)));
    }

    [Theory]
    [InlineData("OPENAI_API_KEY", "sk-environment-1", true, "a key")]
    [InlineData("slack_bot_token", "xoxb-environment", true, "in any case")]
    [InlineData("PGPASSWORD", "correct horse", true, "a password may have blanks")]
    [InlineData("MASTER_KEY_PATH", "/home/me/.master_key", false, "where a key lies is no key")]
    [InlineData("SIGNING_KEY", "/home/me/key.pem", false, "a path would be masked wherever it is spoken of")]
    [InlineData("SERVICE_TOKEN", "https://login.example/", false, "an address is no key")]
    [InlineData("API_KEY", "short", false, "too short to be told from other texts")]
    [InlineData("HOME", "/home/someone", false, "no key by its name")]
    public void What_looks_like_a_key_in_the_environment_is_known(string name, string value, bool isSecret, string reason) =>
        Assert.True(EnvironmentFiles.Secrets([KeyValuePair.Create(name, value)]).Any(s => s.Reveal() == value) == isSecret, reason);

    [Fact]
    public void An_end_that_is_held_back_comes_out_when_another_of_its_length_is_held_in_its_place()
    {
        var scrubber = new DeltaScrubber(TurnSecrets.Of([new("sk-abcabd-1"), new("sk-abcabc-22")]));
        Assert.Equal("k", scrubber.Push("ksk-ab"));
        Assert.Equal("sk-abc", scrubber.Push("csk-ab"));
        Assert.Equal("***", scrubber.Push("cabd-1"));
    }

    [Fact]
    public void A_text_in_any_pieces_loses_its_secrets_and_nothing_else()
    {
        const string key = "sk-abcabd-1";
        var secrets = TurnSecrets.Of([new(key), new("sk-abcabc-22")]);
        string[] words = ["sk-", "abc", "abd", "-1", "-22", "s", "k", key, "sk-abcabc-22", "plain "];
        Gen.Select(Gen.Int[0, words.Length - 1].Array[0, 12], Gen.Int[1, 9]).Sample((parts, size) =>
        {
            var text = string.Concat(parts.Select(p => words[p]));
            var scrubber = new DeltaScrubber(secrets);
            var written = new StringBuilder();
            foreach (var piece in text.Chunk(size))
                written.Append(scrubber.Push(new(piece)));
            written.Append(scrubber.Flush());
            // What went out before a secret was known as one is at most its first three characters.
            var expected = secrets.Clean(text);
            Assert.DoesNotContain(key, written.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("sk-abcabc-22", written.ToString(), StringComparison.Ordinal);
            Assert.True(Matches(expected, written.ToString()), $"{text}: {written}");
        });
    }

    [Fact]
    public void What_cannot_be_a_secret_goes_out_as_it_came()
    {
        var scrubber = new DeltaScrubber(TurnSecrets.Of([new("sk-canary-1"), new("sk-canary-1")]));
        var piece = new string("a piece");
        Assert.Same(piece, scrubber.Push(piece));
        Assert.Equal("tasks", scrubber.Push("tasks"));
        Assert.Equal("", scrubber.Push("k-ca"));
        Assert.Equal("k-can do", scrubber.Push("n do"));
    }

    [Theory]
    [InlineData("ollama", "any word will do for a local server")]
    [InlineData("12345", "too short to be told from other texts")]
    public void What_is_no_secret_stays_readable(string key, string reason) =>
        Assert.True(TurnSecrets.Of([new(key)]).IsEmpty, reason);

    /// <summary>Whether a text is the expected one, but for the first characters of a secret, which may be out before its mask.</summary>
    static bool Matches(ReadOnlySpan<char> expected, ReadOnlySpan<char> written)
    {
        if (expected.IsEmpty || written.IsEmpty)
            return expected.IsEmpty && written.IsEmpty;
        if (expected.StartsWith(TurnSecrets.Mask, StringComparison.Ordinal))
            foreach (var begun in new[] { "", "s", "sk", "sk-" })
                if (written.StartsWith(begun + TurnSecrets.Mask, StringComparison.Ordinal) && Matches(expected[TurnSecrets.Mask.Length..], written[(begun.Length + TurnSecrets.Mask.Length)..]))
                    return true;
        return expected[0] == written[0] && Matches(expected[1..], written[1..]);
    }

    async Task AnswerAsync(Guid conversation, string answer)
    {
        JsonNode? asked = null;
        await Eventually.TrueAsync(
            async () => (asked = ((JsonArray)(await _host.GetJsonAsync($"approvals?status=pending&conversation_id={conversation}"))["approvals"]!).FirstOrDefault()) is not null, Ct);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Post, $"approvals/{asked!["id"]}/answer", new JsonObject { ["answer"] = answer })).Status);
    }

    /// <summary>Neither the streams nor the rows that clients are given have a piece of the key that says something.</summary>
    async Task AssertNowhereAsync(params Guid[] conversations)
    {
        const string telling = "canary-7f3a";
        foreach (var conversation in conversations)
        {
            Assert.DoesNotContain(telling, (await _host.GetJsonAsync($"conversations/{conversation}/items")).ToJsonString(), StringComparison.Ordinal);
            foreach (var file in Directory.EnumerateFiles(Path.Combine(_host.Home, ".cowork", "streams", conversation.ToString())))
                Assert.DoesNotContain(telling, await File.ReadAllTextAsync(file, Ct), StringComparison.Ordinal);
        }

        foreach (var list in new[] { "approvals", "approvals/rules" })
            Assert.DoesNotContain(telling, (await _host.GetJsonAsync(list)).ToJsonString(), StringComparison.Ordinal);
    }
}
