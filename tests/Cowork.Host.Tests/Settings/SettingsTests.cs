using System.Text;
using System.Text.Json.Nodes;

namespace Cowork.Host.Tests.Settings;

public class SettingsTests
{
    [Fact]
    public async Task Defaults_of_the_models_follow_their_providers()
    {
        await using var host = await HostUnderTest.StartAsync();

        await PutAsync(host, "planning_provider", "openai");
        await PutAsync(host, "coding_provider", "minds_cloud");

        Assert.Equal("gpt-5.5", await ValueAsync(host, "planning_model"));
        Assert.Equal("latest:haiku", await ValueAsync(host, "coding_model"));
        await PutAsync(host, "planning_provider", "gemini");
        Assert.Null(await ValueAsync(host, "planning_model"));
    }

    [Theory]
    [InlineData("harness", "nobody")]
    [InlineData("channels_harness", "nobody")]
    [InlineData("planning_provider", "openai-compatible")]
    [InlineData("planning_provider", "")]
    [InlineData("memory_enabled", "maybe")]
    [InlineData("no_such_setting", "x")]
    public async Task An_impossible_value_is_refused_with_a_sentence(string key, string value)
    {
        await using var host = await HostUnderTest.StartAsync();

        var (status, problem) = await host.SendAsync(HttpMethod.Put, $"settings/{key}", new JsonObject { ["value"] = value });

        Assert.Equal(400, status);
        Assert.EndsWith(".", (string?)problem!["detail"]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"value": null}""")]
    [InlineData("""{"value": 1}""")]
    [InlineData("""{"value": true}""")]
    [InlineData("""{"value": "\ud800"}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task A_write_without_a_text_is_refused(string body)
    {
        await using var host = await HostUnderTest.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await host.Http.PutAsync("settings/tone", content, TestContext.Current.CancellationToken);

        Assert.Equal(422, (int)response.StatusCode);
    }

    [Fact]
    public async Task Writes_of_one_setting_at_once_leave_memory_and_database_agreed()
    {
        await using var host = await HostUnderTest.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => PutAsync(host, "tone", $"tone {i}")));

        var shown = await ValueAsync(host, "tone");
        await host.RestartAsync();
        Assert.Equal(shown, await ValueAsync(host, "tone"));
    }

    [Fact]
    public async Task A_foreign_key_file_unsets_secrets_and_nothing_else()
    {
        await using var host = await HostUnderTest.StartAsync();
        await PutAsync(host, "anthropic_api_key", "sk-old");
        var keyFile = Path.Combine(host.Home, ".cowork", ".master_key");
        var key = await File.ReadAllTextAsync(keyFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(keyFile, "Zm9yLWNvbnRyYWN0LXRlc3RzLW9ubHktMzItYnl0ZXM=", TestContext.Current.CancellationToken);
        await host.RestartAsync();

        Assert.False((bool)(await host.GetJsonAsync("health"))["config_ready"]!);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "settings")).Status);
        Assert.Equal("", await RevealAsync(host, "anthropic"));

        await File.WriteAllTextAsync(keyFile, key, TestContext.Current.CancellationToken);
        await host.RestartAsync();
        Assert.Equal("sk-old", await RevealAsync(host, "anthropic"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("AAAA")]
    public async Task A_damaged_key_file_refuses_new_secrets_and_is_never_replaced(string damage)
    {
        await using var host = await HostUnderTest.StartAsync();
        await PutAsync(host, "anthropic_api_key", "sk-old");
        var keyFile = Path.Combine(host.Home, ".cowork", ".master_key");
        await File.WriteAllTextAsync(keyFile, damage, TestContext.Current.CancellationToken);
        await host.RestartAsync();

        var (status, problem) = await host.SendAsync(HttpMethod.Put, "settings/openai_api_key", new JsonObject { ["value"] = "sk-new" });

        Assert.Equal(503, status);
        Assert.Equal("master_key_unusable", (string?)problem!["code"]);
        Assert.Contains("Put the right file back", (string?)problem["detail"]);
        Assert.Equal(damage, await File.ReadAllTextAsync(keyFile, TestContext.Current.CancellationToken));
        Assert.Equal("", await RevealAsync(host, "openai"));
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, "settings/tone", new JsonObject { ["value"] = "calm" })).Status);
    }

    [Theory]
    [InlineData("Zm9yLWNvbnRyYWN0LXRlc3RzLW9ubHktMzItYnl0ZXM=")] // of another home
    [InlineData(null)] // gone
    public async Task Every_secret_that_cannot_be_decrypted_is_named(string? otherKey)
    {
        await using var host = await HostUnderTest.StartAsync();
        await PutAsync(host, "anthropic_api_key", "sk-one");
        await PutAsync(host, "openai_api_key", "sk-two");
        await PutAsync(host, "planning_provider", "openai");
        var keyFile = Path.Combine(host.Home, ".cowork", ".master_key");
        var key = await File.ReadAllTextAsync(keyFile, TestContext.Current.CancellationToken);
        File.Delete(keyFile);
        if (otherKey is not null)
            await File.WriteAllTextAsync(keyFile, otherKey, TestContext.Current.CancellationToken);
        await host.RestartAsync();

        var rows = (await host.GetJsonAsync("settings")).AsArray();
        var troubled = rows.Where(r => r!["problem"] is not null).Select(r => (string?)r!["key"]);
        Assert.Equal(["anthropic_api_key", "openai_api_key"], troubled);
        Assert.All(rows.Where(r => r!["problem"] is not null), r => Assert.True((bool)r!["is_set"]!));
        var error = (string?)(await host.GetJsonAsync("health"))["config_error"];
        Assert.Contains("openai_api_key", error);
        Assert.Contains("cannot be decrypted", error);

        // The right file comes back while the server runs.
        await File.WriteAllTextAsync(keyFile, key, TestContext.Current.CancellationToken);
        if (otherKey is not null)
            await host.RestartAsync();
        Assert.Equal("sk-two", await RevealAsync(host, "openai"));
        Assert.DoesNotContain((await host.GetJsonAsync("settings")).AsArray(), r => r!["problem"] is not null);
    }

    [Fact]
    public async Task No_new_key_is_made_while_secrets_of_the_old_one_are_there()
    {
        await using var host = await HostUnderTest.StartAsync();
        await PutAsync(host, "anthropic_api_key", "sk-old");
        var keyFile = Path.Combine(host.Home, ".cowork", ".master_key");
        File.Move(keyFile, $"{keyFile}.away");
        await host.RestartAsync();

        var (status, problem) = await host.SendAsync(HttpMethod.Put, "settings/openai_api_key", new JsonObject { ["value"] = "sk-new" });
        Assert.Equal((503, "master_key_unusable"), (status, (string?)problem!["code"]));
        Assert.Contains("anthropic_api_key", (string?)problem["detail"]);
        Assert.False(File.Exists(keyFile));

        // Clearing it is the word for starting anew; so is entering the only one again.
        await PutAsync(host, "anthropic_api_key", "sk-again");
        Assert.Equal("sk-again", await RevealAsync(host, "anthropic"));
        await PutAsync(host, "openai_api_key", "sk-new");
        Assert.Equal("sk-new", await RevealAsync(host, "openai"));
    }

    [Fact]
    public async Task Own_settings_come_after_those_of_the_earlier_server()
    {
        await using var host = await HostUnderTest.StartAsync();
        var keys = (await host.GetJsonAsync("settings")).AsArray().Select(r => (string)r!["key"]!).ToList();
        Assert.Equal(["model_mode", "model_overrides", "providers_json"], keys[25..28]);
    }

    [Fact]
    public async Task An_empty_key_is_no_key()
    {
        await using var host = await HostUnderTest.StartAsync();
        await PutAsync(host, "openai_api_key", "");

        Assert.False((bool)(await host.GetJsonAsync("settings/configured"))["configured"]!);
    }

    [Fact]
    public async Task The_legacy_file_is_taken_over_once_and_bad_values_are_left_out()
    {
        await using var host = await HostUnderTest.StartAsync(prepareHome: home => WriteLegacy(
            home, "ANTON_PLANNING_PROVIDER=openai-compatible\nANTON_CODING_PROVIDER=skynet\nANTON_MINDS_API_KEY=mk\nANTON_MEMORY_ENABLED=maybe\nANTON_EPISODIC_MEMORY=no\nANTON_MINDS_URL=\nTONE=loud\n"));

        Assert.Equal("minds_cloud", await ValueAsync(host, "planning_provider"));
        Assert.Equal("anthropic", await ValueAsync(host, "coding_provider"));
        Assert.Equal("mk", await RevealAsync(host, "minds"));
        Assert.Equal("True", await ValueAsync(host, "memory_enabled"));
        Assert.Equal("False", await ValueAsync(host, "episodic_memory"));
        Assert.Equal("https://api.mindshub.ai/v1", await ValueAsync(host, "minds_url"));
        Assert.Equal("balanced", await ValueAsync(host, "tone"));
        Assert.DoesNotContain("_env_migrated", (await host.GetJsonAsync("settings")).ToJsonString());

        WriteLegacy(host.Home, "ANTON_PLANNING_PROVIDER=openai");
        await host.RestartAsync();
        Assert.Equal("minds_cloud", await ValueAsync(host, "planning_provider"));
    }

    [Fact]
    public async Task Without_a_legacy_file_a_later_one_is_not_taken_over()
    {
        await using var host = await HostUnderTest.StartAsync();
        WriteLegacy(host.Home, "ANTON_PLANNING_MODEL=late");

        await host.RestartAsync();

        Assert.Equal("claude-sonnet-4-6", await ValueAsync(host, "planning_model"));
    }

    [Fact]
    public async Task Saving_one_line_of_the_legacy_file_does_not_undo_settings_changed_since()
    {
        await using var host = await HostUnderTest.StartAsync();
        await RawAsync(host, "ANTON_PLANNING_MODEL=from-file\nANTON_MEMORY_MODE=off");
        await PutAsync(host, "planning_model", "chosen-later");
        await host.SendAsync(HttpMethod.Delete, "settings/memory_mode");

        await RawAsync(host, "ANTON_TERMS_CONSENT=true");

        Assert.Equal("chosen-later", await ValueAsync(host, "planning_model"));
        Assert.Equal("off", await ValueAsync(host, "memory_mode"));
    }

    [Fact]
    public async Task The_legacy_file_stays_private_and_a_link_to_it_stays_a_link()
    {
        await using var host = await HostUnderTest.StartAsync();
        var real = Path.Combine(host.Home, "dotfiles-env");
        await File.WriteAllTextAsync(real, "KEEP=1", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(host.Home, ".anton"));
        File.CreateSymbolicLink(Path.Combine(host.Home, ".anton", ".env"), real);

        await RawAsync(host, "NEW='two words'");

        Assert.Equal("KEEP=1\nNEW=two words\n", await File.ReadAllTextAsync(real, TestContext.Current.CancellationToken));
        Assert.NotNull(new FileInfo(Path.Combine(host.Home, ".anton", ".env")).LinkTarget);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(real));
    }

    [Fact]
    public async Task A_legacy_key_that_cannot_be_stored_changes_nothing()
    {
        await using var host = await HostUnderTest.StartAsync();
        await PutAsync(host, "anthropic_api_key", "sk-old");
        await File.WriteAllTextAsync(Path.Combine(host.Home, ".cowork", ".master_key"), "rubbish", TestContext.Current.CancellationToken);
        await host.RestartAsync();

        var (status, _) = await host.SendAsync(HttpMethod.Post, "settings/raw", new JsonObject { ["content"] = "ANTON_PLANNING_MODEL=m\nANTON_OPENAI_API_KEY=sk-new" });

        Assert.Equal(503, status);
        Assert.False(File.Exists(Path.Combine(host.Home, ".anton", ".env")));
        Assert.Equal("claude-sonnet-4-6", await ValueAsync(host, "planning_model"));
    }

    static void WriteLegacy(string home, string text)
    {
        Directory.CreateDirectory(Path.Combine(home, ".anton"));
        File.WriteAllText(Path.Combine(home, ".anton", ".env"), text);
    }

    static async Task PutAsync(HostUnderTest host, string key, string value) =>
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Put, $"settings/{key}", new JsonObject { ["value"] = value })).Status);

    static async Task RawAsync(HostUnderTest host, string content) =>
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Post, "settings/raw", new JsonObject { ["content"] = content })).Status);

    static async Task<string?> ValueAsync(HostUnderTest host, string key) =>
        (string?)(await host.GetJsonAsync("settings")).AsArray().Single(s => (string?)s!["key"] == key)!["value"];

    static async Task<string?> RevealAsync(HostUnderTest host, string name) => (string?)(await host.GetJsonAsync($"settings/reveal-key/{name}"))["value"];
}
