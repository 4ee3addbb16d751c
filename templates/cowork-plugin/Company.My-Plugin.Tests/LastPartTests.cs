using System.Net.Http.Json;
using Cowork.Testing;

namespace Company.My_Plugin.Tests;

// The contract tests: what the server would refuse fails here.
public sealed class LastPartTests : PluginConformance<LastPartPlugin>
{
    protected override async Task RequestAsync(HttpClient http, CancellationToken ct)
    {
        using var added = await http.PostAsJsonAsync("notes", new { text = "high at six" }, ct);
        added.EnsureSuccessStatusCode();
        Assert.Contains("high at six", await http.GetStringAsync("notes", ct));
    }
}
