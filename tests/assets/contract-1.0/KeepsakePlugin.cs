using System.Runtime.CompilerServices;
using Cowork.Abstractions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cowork.Test;

/// <summary>Uses what contract 1.0 offers. Compiled once and kept, see README.md: every later 1.x must load and run it.</summary>
public sealed class KeepsakePlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Keepsake";

    public void Configure(IPluginBuilder plugin)
    {
        plugin.Services.AddSingleton<Notes>().AddHostedService<Watch>();
        plugin
            .AddSetting(new() { Key = "keepsake_greeting", Label = "Greeting", Default = "hello" })
            .AddSetting(new() { Key = "keepsake_mood", Label = "Mood", Kind = SettingKind.Choice, Options = ["good", "bad"], Default = "good" })
            .AddSetting(new() { Key = "keepsake_key", Label = "Key", Kind = SettingKind.Secret })
            .AddHarness<KeepsakeHarness>(new() { Id = "keepsake", Label = "Keepsake", RequiredSettings = ["keepsake_greeting"] })
            .MapEndpoints(routes => routes.MapGet("greet/{name}", (string name, IPluginSettings settings) => new Greeting($"{settings.Get("keepsake_greeting")} {name}")));
    }
}

public sealed record Greeting(string Text);

sealed class Notes
{
    public string Text { get; set; } = "";
}

sealed class Watch(PluginContext plugin) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => File.WriteAllTextAsync(Path.Combine(plugin.DataDirectory, "watch"), plugin.Version, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

sealed class KeepsakeHarness(IPluginSettings settings, Notes notes) : IHarness, IHarnessMemory
{
    public async IAsyncEnumerable<HarnessEvent> RunAsync(TurnRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        if (request.Input is [ContentBlock.TextBlock { Text: "fail" }])
            throw new HarnessException(FailureCodes.RateLimited, "Too many questions. Wait a minute and ask again.");
        yield return new HarnessEvent.ReasoningDelta("Hm.");
        yield return new HarnessEvent.ToolStarted("1", "look");
        yield return new HarnessEvent.ToolArguments("1", "look", "{}");
        yield return new HarnessEvent.Progress("tool_done", request.Project.Name) { ToolUseId = "1" };
        foreach (var said in request.Input.OfType<ContentBlock.TextBlock>())
            yield return new HarnessEvent.TextDelta($"{settings.Get("keepsake_greeting")} {said.Text}");
        yield return new HarnessEvent.Usage(1, 2);
    }

    public Task<IReadOnlyList<MemoryFile>> ListAsync(ProjectInfo? project, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<MemoryFile>>([new("notes.md", notes.Text)]);

    public Task SaveAsync(ProjectInfo? project, string path, string content, CancellationToken ct)
    {
        notes.Text = content;
        return Task.CompletedTask;
    }

    public Task DeleteAsync(ProjectInfo? project, string path, CancellationToken ct)
    {
        notes.Text = "";
        return Task.CompletedTask;
    }
}
